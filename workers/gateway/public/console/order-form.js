/**
 * The order form. An order is sent with a fresh Idempotency-Key, and while its answer is missing the form stays closed:
 * the only ways on are the same key again, or an explicit new order.
 */
import { MissingAnswerError } from "./api.js";
import { byId, part, renderWhenChanged } from "./dom.js";
import { formatMoney } from "./format.js";
import { showAnswer } from "./order-answer.js";
import { followOrder } from "./follow-order.js";
import { mountOrderLines, totalOf } from "./order-lines.js";
import { showNote, titleOfError } from "./notes.js";
import { paymentMethodOptions } from "./payment-methods.js";
import { loadAttempt, saveAttempt } from "./session.js";

/** @import { Api, Answer } from "./api.js" */
/** @import { Catalogue } from "./catalogue.js" */
/** @import { Outcome } from "./order-answer.js" */
/** @import { Attempt, PlaceOrderBody, WireOrder } from "../../console.types.ts" */

/**
 * @param {object} options
 * @param {Api} options.api
 * @param {Catalogue} options.catalogue
 * @param {(orderId: string) => void} options.openTimeline
 * @param {(order: WireOrder) => void} options.onOrder told of every order this form brings about, and of its changes
 * @param {(latencyMs: number) => void} options.onAnswer
 */
export function mountOrderForm({ api, catalogue, openTimeline, onOrder, onAnswer }) {
  const root = byId("order", HTMLElement);
  const note = part(root, "note", HTMLElement);
  const form = part(root, "form", HTMLFormElement);
  const answerPlace = part(root, "answer", HTMLElement);
  const total = part(form, "total", HTMLOutputElement);
  const payment = byId("payment-method", HTMLSelectElement);
  payment.replaceChildren(...paymentMethodOptions());
  let stopFollowing = () => {};

  const lines = mountOrderLines({ form, catalogue, onChange: () => showTotal() });
  showNote(note, { tone: "busy", title: "Loading the catalogue…" });
  catalogue.onChange(() => {
    const isEmpty = catalogue.products.length === 0;
    showNote(note, isEmpty ? { tone: "neutral", title: "Nothing to order yet.", detail: "The catalogue is empty." } : null);
    form.hidden = isEmpty;
  });
  catalogue.onFailure((error) => {
    if (form.hidden)
      showNote(note, { tone: "bad", title: titleOfError(error), detail: "The catalogue cannot be read; it is tried again." });
  });

  function showTotal() {
    const sum = totalOf(lines.read(), catalogue.products);
    total.textContent = sum === null ? "–" : formatMoney(sum.amountMinor, sum.currency);
  }

  /** @returns {PlaceOrderBody} the total that is on the screen is the most that may be charged */
  function readBody() {
    const items = lines.read();
    const sum = totalOf(items, catalogue.products);
    return {
      items,
      payment_method: payment.value,
      ...(sum === null ? {} : { expected_total_minor: sum.amountMinor }),
      ...readChoices(),
    };
  }

  /** @param {Outcome} outcome */
  function show(outcome) {
    const fieldset = form.querySelector("fieldset");
    if (fieldset !== null) fieldset.disabled = outcome.kind === "sending" || outcome.kind === "unanswered";
    showAnswer(answerPlace, outcome, { sendAgain: send, startAnew, openTimeline });
  }

  /** @param {Attempt} attempt */
  async function send(attempt) {
    stopFollowing();
    saveAttempt(attempt);
    show({ kind: "sending" });
    const outcome = await place(api, attempt);
    if (outcome.kind === "answered") {
      saveAttempt(null);
      onAnswer(outcome.answer.latencyMs);
    }
    show(outcome);
    if (outcome.kind === "answered") showInList(outcome, attempt);
  }

  /** @param {Extract<Outcome, { kind: "answered" }>} outcome @param {Attempt} attempt */
  function showInList({ answer, order }, attempt) {
    if (order !== null) onOrder(order);
    const orderId = order?.id ?? answer.problem?.order_id;
    if (orderId === undefined) return;
    stopFollowing = followOrder({
      api,
      orderId,
      onChange: (latest) => {
        onOrder(latest);
        if (answer.ok) show({ kind: "answered", attempt, answer, order: latest });
      },
    });
  }

  function startAnew() {
    saveAttempt(null);
    renderWhenChanged(answerPlace, "", () => []);
    const fieldset = form.querySelector("fieldset");
    if (fieldset !== null) fieldset.disabled = false;
    form.querySelector("select")?.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send({ key: crypto.randomUUID(), body: readBody() });
  });
  const unanswered = loadAttempt();
  if (unanswered !== null) show({ kind: "unanswered", attempt: unanswered, reason: "The page was left before the answer came." });
}

/** What is left at its default is left out. @returns {Pick<PlaceOrderBody, "on_decline" | "hold_seconds">} */
function readChoices() {
  const [onDecline, holdSeconds] = ["on-decline", "hold-seconds"].map((id) => byId(id, HTMLSelectElement).value);
  return { ...(onDecline === "wait" && { on_decline: onDecline }), ...(holdSeconds !== "" && { hold_seconds: Number(holdSeconds) }) };
}

/** @param {Api} api @param {Attempt} attempt @returns {Promise<Outcome>} */
async function place(api, attempt) {
  try {
    const answer = await api.call("POST", "/v1/orders", { body: attempt.body, idempotencyKey: attempt.key });
    if (isOpen(answer)) return { kind: "unanswered", attempt, reason: `${answer.problem?.title ?? ""}.` };
    return { kind: "answered", attempt, answer, order: answer.ok ? /** @type {WireOrder} */ (answer.body) : null };
  } catch (error) {
    if (error instanceof MissingAnswerError) return { kind: "unanswered", attempt, reason: error.message };
    throw error;
  }
}

/** Answers that do not say what became of the order: a failure without an order, too many requests, still running. @param {Answer} answer */
const isOpen = ({ status, problem }) =>
  (status >= 500 && problem?.order_id === undefined) || status === 429 || problem?.code === "request_in_progress";
