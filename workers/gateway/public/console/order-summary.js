/** What an order is: its status, lines, money, what was paid and given back, and its ids. */
import { h } from "./dom.js";
import { formatCount, formatCountdown, formatMoney, formatTime, humanize } from "./format.js";
import { toneIcon } from "./icons.js";
import { awaitsPayment, isWorking, statusBadge } from "./order-status.js";

/** @import { Tone, WireOrder, WirePayment, WireRefund } from "../../console.types.ts" */

/** @param {WireOrder} order @param {WirePayment} payment @returns {HTMLElement} */
export function orderSummary(order, payment) {
  return h(
    "div",
    { class: "summary" },
    h("p", { class: "summary-head" }, statusBadge(order.status), h("strong", {}, formatMoney(order.total_minor, order.currency))),
    order.failure !== undefined && h("p", { class: "problem-text" }, order.failure.detail),
    holdLine(order),
    cancellationLine(order),
    h("ul", { class: "items" }, ...order.items.map((item) => itemRow(item, order.currency))),
    h("dl", { class: "pairs" }, ...factRows(orderFacts(order))),
    h("h3", { class: "section-title" }, "Payment"),
    h("dl", { class: "pairs" }, ...factRows(paymentFacts(payment, order))),
    payment.refunds.length > 0 && h("ul", { class: "refunds", "aria-label": "Refunds" }, ...payment.refunds.map(refundRow)),
  );
}

/**
 * Brings the countdowns inside `root` up to date, and touches nothing else: what a reader has selected or focused stays.
 *
 * @param {HTMLElement} root
 * @param {number} nowMs
 */
export function tickCountdowns(root, nowMs) {
  for (const element of root.querySelectorAll("[data-until]"))
    element.textContent = formatCountdown(element.getAttribute("data-until") ?? "", nowMs);
}

/** The time that is left to pay. @param {WireOrder} order */
function holdLine(order) {
  if (order.hold_expires_at === null || !isWorking(order.status)) return null;
  const tone = awaitsPayment(order) ? "warn" : "busy";
  const lead = awaitsPayment(order)
    ? "The card was refused. The stock is held for another one: "
    : "The stock is held while this goes on: ";
  return h(
    "p",
    { class: "note hold", "data-tone": tone },
    toneIcon("busy"),
    h(
      "span",
      {},
      lead,
      h("strong", { "data-until": order.hold_expires_at }, formatCountdown(order.hold_expires_at, Date.now())),
      ` left, until ${formatTime(order.hold_expires_at)}.`,
    ),
  );
}

/** @param {WireOrder} order */
function cancellationLine({ cancellation, status }) {
  if (cancellation === null) return null;
  const done = status === "cancelled" ? "Cancelled" : "Being cancelled";
  const reason = cancellation.reason === null ? "" : `: ${cancellation.reason}`;
  return h("p", { class: "muted" }, `${done}, asked for at ${formatTime(cancellation.requested_at)}${reason}`);
}

/** @param {WireOrder["items"][number]} item @param {string | null} currency */
function itemRow(item, currency) {
  const unitPrice = item.unit_price_minor === null ? null : ` at ${formatMoney(item.unit_price_minor, currency)}`;
  return h(
    "li",
    { "data-item": item.sku },
    h(
      "span",
      {},
      `${formatCount(item.quantity)} × ${item.name ?? item.sku}`,
      h("span", { class: "muted" }, unitPrice),
      movedText(item) !== "" && h("span", { class: "moved" }, movedText(item)),
    ),
    h("span", { class: "order-total" }, formatMoney(item.line_total_minor, currency)),
  );
}

/** @param {WireOrder["items"][number]} item */
const movedText = ({ quantity, fulfilled_quantity: shipped, returned_quantity: returned }) =>
  [shipped > 0 && `${formatCount(shipped)} of ${formatCount(quantity)} shipped`, returned > 0 && `${formatCount(returned)} returned`]
    .filter((text) => text !== false)
    .join(", ");

/** @typedef {[term: string, value: Node | string]} Fact */

/** @param {readonly Fact[]} facts */
const factRows = (facts) => facts.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]);

/** @param {WireOrder} order @returns {Fact[]} */
const orderFacts = (order) => [
  ["Order", h("code", {}, order.id)],
  ["Placed", h("time", { datetime: order.created_at }, formatTime(order.created_at))],
  ["Changed", h("time", { datetime: order.updated_at }, formatTime(order.updated_at))],
  ["Correlation", h("code", {}, order.correlation_id)],
  ...Object.entries(order.metadata),
];

/** @type {Record<WirePayment["status"], string>} */
const paymentTexts = {
  none: "Not asked yet",
  unknown: "Asked; the outcome is not known yet",
  captured: "Captured",
  declined: "Declined",
  voided: "Voided: nothing was taken",
  partially_refunded: "Captured, a part given back",
  refunded: "Given back in full",
};

/** @param {WirePayment} payment @param {WireOrder} order @returns {Fact[]} */
function paymentFacts(payment, order) {
  const currency = payment.currency ?? order.currency;
  const card = payment.attempt > 1 ? `${payment.payment_method}, card ${payment.attempt}` : payment.payment_method;
  /** @type {Fact[]} */
  const facts = [
    ["State", paymentTexts[payment.status]],
    ["Card", h("code", {}, card)],
  ];
  if (payment.decline_reason !== null) facts.push(["Refused because of", humanize(payment.decline_reason).toLowerCase()]);
  if (payment.amount_minor > 0) facts.push(["Captured", formatMoney(payment.amount_minor, currency)]);
  if (payment.refunded_minor > 0) facts.push(["Given back", formatMoney(payment.refunded_minor, currency)]);
  if (payment.reference !== null) facts.push(["Provider's reference", h("code", {}, payment.reference)]);
  return facts;
}

/** @type {Record<WireRefund["status"], { tone: Tone, text: string }>} */
const refundStates = {
  pending: { tone: "busy", text: "under way" },
  succeeded: { tone: "good", text: "given back" },
  refused: { tone: "bad", text: "refused by the provider" },
};

/** @param {WireRefund} refund */
function refundRow(refund) {
  const { tone, text } = refundStates[refund.status];
  return h(
    "li",
    { "data-tone": tone, "data-refund": refund.status },
    toneIcon(tone),
    h(
      "span",
      {},
      h("strong", {}, formatMoney(refund.amount_minor, refund.currency)),
      ` ${text}: ${refund.reason}`,
      refund.detail !== null && h("span", { class: "muted" }, ` (${refund.detail})`),
    ),
    h("time", { datetime: refund.created_at }, formatTime(refund.created_at)),
  );
}
