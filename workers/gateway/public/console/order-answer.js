/** What the order form shows of an answer: confirmed, still working, refused, or none at all. */
import { h, renderWhenChanged } from "./dom.js";
import { formatCount, formatDuration, formatMoney, formatTime, humanize } from "./format.js";
import { toneIcon } from "./icons.js";
import { awaitsPayment, isWorking, toneOfStatus } from "./order-status.js";

/** @import { Answer } from "./api.js" */
/** @import { Attempt, Problem, Tone, WireOrder } from "../../console.types.ts" */

/**
 * @typedef {{ kind: "sending" }
 *   | { kind: "unanswered", attempt: Attempt, reason: string }
 *   | { kind: "answered", attempt: Attempt, answer: Answer, order: WireOrder | null }} Outcome
 * `order` is its newest state, which may be later than the answer; null for a refusal.
 */

/**
 * @typedef {object} Actions
 * @property {(attempt: Attempt) => Promise<void>} sendAgain
 * @property {() => void} startAnew
 * @property {(orderId: string) => void} openTimeline
 */

/** @param {HTMLElement} place @param {Outcome} outcome @param {Actions} actions */
export function showAnswer(place, outcome, actions) {
  renderWhenChanged(place, JSON.stringify(outcome), () => [answerCard(outcome, actions)]);
}

/** @param {Outcome} outcome @param {Actions} actions */
function answerCard(outcome, actions) {
  if (outcome.kind === "sending") return card("busy", "Sending…", []);
  if (outcome.kind === "unanswered") return unansweredCard(outcome, actions);
  return outcome.order === null ? refusalCard(outcome, actions) : orderCard(outcome, outcome.order, actions);
}

/** @param {Tone} tone @param {string} title @param {import("./dom.js").Child[]} children */
const card = (tone, title, children) => h("div", { class: "answer", "data-tone": tone }, h("h3", {}, toneIcon(tone), title), ...children);

/** @param {Extract<Outcome, { kind: "unanswered" }>} outcome @param {Actions} actions */
function unansweredCard({ attempt, reason }, actions) {
  return card("warn", "It is not known whether the order was taken", [
    h("p", {}, `${reason} Retry with the same key: the order is placed at most once.`),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", click: () => void actions.sendAgain(attempt) }, "Retry with the same key"),
      h("button", { type: "button", class: "quiet", click: actions.startAnew }, "Start a new order"),
    ),
    keyLine(attempt),
  ]);
}

/** @param {Extract<Outcome, { kind: "answered" }>} outcome @param {WireOrder} order @param {Actions} actions */
function orderCard({ attempt, answer }, order, actions) {
  return card(toneOfStatus(order.status), titleOf(order), [
    order.failure !== undefined && h("p", {}, order.failure.detail),
    isWorking(order.status) && h("p", {}, workingText(order)),
    h("p", { class: "answer-total" }, formatMoney(order.total_minor, order.currency)),
    measured(answer),
    actionRow({ attempt, orderId: order.id, opens: awaitsPayment(order) ? "Pay with another card" : "Timeline" }, actions),
    keyLine(attempt),
  ]);
}

/** @param {WireOrder} order */
function titleOf(order) {
  if (awaitsPayment(order)) return "The card was refused: another one is waited for";
  return isWorking(order.status) ? `Still working: ${humanize(order.status).toLowerCase()}` : humanize(order.status);
}

/** @param {WireOrder} order */
function workingText(order) {
  if (!awaitsPayment(order)) return "The order is taken and goes on by itself. This page follows it.";
  return order.hold_expires_at === null
    ? "The stock is held."
    : `The stock is held until ${formatTime(order.hold_expires_at)}. Then the order ends.`;
}

/** @param {Extract<Outcome, { kind: "answered" }>} outcome @param {Actions} actions */
function refusalCard({ attempt, answer }, actions) {
  const problem = answer.problem;
  return card("bad", problem?.title ?? "Refused", [
    problem?.detail !== undefined && h("p", {}, problem.detail),
    lineList(problem?.lines ?? []),
    fieldList(problem?.errors ?? []),
    measured(answer),
    actionRow({ attempt, orderId: problem?.order_id, opens: "Timeline" }, actions),
    keyLine(attempt),
  ]);
}

/** @param {NonNullable<Problem["lines"]>} lines */
function lineList(lines) {
  if (lines.length === 0) return null;
  const left = (/** @type {number | null} */ available) => (available === null ? "not in the catalogue" : `${formatCount(available)} left`);
  return h(
    "ul",
    { class: "refused-lines" },
    ...lines.map((line) => h("li", {}, h("code", {}, line.sku), ` ${formatCount(line.requested)} asked, ${left(line.available)}`)),
  );
}

/** @param {NonNullable<Problem["errors"]>} errors */
const fieldList = (errors) =>
  errors.length === 0
    ? null
    : h("ul", { class: "refused-lines" }, ...errors.map((error) => h("li", {}, h("code", {}, error.field), ` ${error.message}`)));

/** @param {Answer} answer */
const measured = (answer) =>
  h(
    "p",
    { class: "measured" },
    h("span", {}, `Answered ${answer.status} in ${formatDuration(answer.latencyMs)}`),
    answer.replayed && h("span", { class: "badge", "data-tone": "busy" }, "Replayed: nothing was done again"),
  );

/** @param {{ attempt: Attempt, orderId: string | undefined, opens: string }} about @param {Actions} actions */
const actionRow = ({ attempt, orderId, opens }, actions) =>
  h(
    "div",
    { class: "actions" },
    orderId !== undefined && h("button", { type: "button", class: "quiet", click: () => actions.openTimeline(orderId) }, opens),
    h("button", { type: "button", class: "quiet", click: () => void actions.sendAgain(attempt) }, "Send again with the same key"),
  );

/** @param {Attempt} attempt */
const keyLine = (attempt) => h("p", { class: "key-line" }, "Idempotency-Key ", h("code", {}, attempt.key));
