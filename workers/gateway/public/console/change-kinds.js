/** The things that can be done to an order: what each asks a person for, and the request that it becomes. */
import { h } from "./dom.js";
import { formatCount, formatMoney, parseMoney, writeMoney } from "./format.js";
import { refundableMinor, unitsToReturn, unitsToShip } from "./order-offers.js";
import { paymentMethodOptions } from "./payment-methods.js";

/** @import { Offer } from "./order-offers.js" */
/** @import { Tone, WireOrder, WirePayment, WireRefund } from "../../console.types.ts" */

/** @typedef {{ tone: Tone, title: string, detail?: string }} Note */
/**
 * @typedef {object} Change
 * @property {string} label of the button that opens it
 * @property {string} lead what will happen
 * @property {HTMLElement[]} fields
 * @property {boolean} [isGrave] it cannot be taken back
 * @property {() => string} confirmText the button that does it says what it does
 * @property {() => unknown} read the body, or null when the fields do not say anything that can be asked
 * @property {string} hint what to say then
 * @property {string} path
 * @property {(body: unknown) => Note} doneNote what to say of the answer when it is done
 */

/** @type {Record<Offer, (order: WireOrder, payment: WirePayment) => Change>} */
export const changeKinds = { pay, cancel, refund, fulfil, return: takeBack };

/** @param {WireOrder} order @returns {Change} */
function pay(order) {
  const card = h("select", { id: "change-pay-card" }, ...paymentMethodOptions());
  const amount = formatMoney(order.total_minor, order.currency);
  return {
    label: "Pay with another card",
    lead: "The stock is held. The order is confirmed as soon as this card is charged.",
    fields: [field("Card", card)],
    confirmText: () => `Pay ${amount}`,
    read: () => ({ order_id: order.id, payment_method: card.value }),
    hint: "",
    path: "/v1/payments",
    doneNote: () => done(`${amount} paid.`),
  };
}

/** @param {WireOrder} order @param {WirePayment} payment @returns {Change} */
function cancel(order, payment) {
  const reason = textField("change-cancel-reason", { required: false });
  const money = refundableMinor(payment);
  const back = money > 0 ? `${formatMoney(money, payment.currency)} is given back` : "nothing stays charged";
  return {
    label: "Cancel the order",
    lead: `Nothing has been shipped. The units can be sold again, and ${back}. This cannot be undone.`,
    fields: [field("Reason, if there is one", reason)],
    isGrave: true,
    confirmText: () => "Cancel this order",
    read: () => withReason({}, reason.value),
    hint: "",
    path: `/v1/orders/${order.id}/cancel`,
    doneNote: () => done("The order is cancelled."),
  };
}

/** @param {WireOrder} order @param {WirePayment} payment @returns {Change} */
function refund(order, payment) {
  const left = refundableMinor(payment);
  const currency = payment.currency ?? "EUR";
  const amount = h("input", {
    id: "change-refund-amount",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    required: true,
    value: writeMoney(left, currency),
  });
  const reason = textField("change-refund-reason", { required: true });
  const readAmount = () => {
    const amountMinor = parseMoney(amount.value, currency);
    return amountMinor !== null && amountMinor > 0 && amountMinor <= left ? amountMinor : null;
  };
  return {
    label: "Refund",
    lead: `Up to ${formatMoney(left, currency)} can be given back. The units stay where they are.`,
    fields: [field(`Amount in ${currency}`, amount), field("Reason", reason)],
    isGrave: true,
    confirmText: () => (readAmount() === null ? "Refund" : `Refund ${formatMoney(readAmount(), currency)}`),
    read: () => (readAmount() === null ? null : { amount_minor: readAmount(), reason: reason.value }),
    hint: `An amount above 0 and at most ${formatMoney(left, currency)}.`,
    path: `/v1/orders/${order.id}/refunds`,
    doneNote: (body) => refundNote(/** @type {WireRefund} */ (body)),
  };
}

/** @param {WireRefund} made @returns {Note} */
function refundNote({ status, amount_minor, currency, detail }) {
  const amount = formatMoney(amount_minor, currency);
  if (status !== "refused") return done(`${amount} given back.`);
  return { tone: "bad", title: `The provider refuses to give ${amount} back.`, detail: detail ?? "" };
}

/** @param {string} title @returns {Note} */
const done = (title) => ({ tone: "good", title });

/** @param {WireOrder} order @returns {Change} */
function fulfil(order) {
  const lines = unitFields(order, { kind: "fulfil", unitsOf: unitsToShip, verb: "to ship", isAllAtFirst: true });
  return {
    label: "Ship",
    lead: "All that is left is filled in; change it to ship a part.",
    fields: lines.fields,
    confirmText: () => `Ship ${unitCount(lines.count())}`,
    read: () => (lines.count() > 0 ? { items: lines.read() } : null),
    hint: "At least one unit.",
    path: `/v1/orders/${order.id}/fulfil`,
    doneNote: () => done("Shipped."),
  };
}

/** @param {WireOrder} order @returns {Change} */
function takeBack(order) {
  const lines = unitFields(order, { kind: "return", unitsOf: unitsToReturn, verb: "that came back", isAllAtFirst: false });
  const reason = textField("change-return-reason", { required: false });
  return {
    label: "Take back",
    lead: "What came back goes on the shelf and can be sold again. No money is given back by this.",
    fields: [...lines.fields, field("Reason, if there is one", reason)],
    confirmText: () => `Take ${unitCount(lines.count())} back`,
    read: () => (lines.count() > 0 ? withReason({ items: lines.read() }, reason.value) : null),
    hint: "At least one unit.",
    path: `/v1/orders/${order.id}/returns`,
    doneNote: () => done("Back on the shelf."),
  };
}

/** @param {number} count */
const unitCount = (count) => `${formatCount(count)} ${count === 1 ? "unit" : "units"}`;

/** @template {object} Body @param {Body} body @param {string} reason @returns {Body & { reason?: string }} */
const withReason = (body, reason) => (reason.trim() === "" ? body : { ...body, reason });

/** @param {string} label @param {HTMLElement} control */
const field = (label, control) => h("div", { class: "field" }, h("label", { for: control.id }, label), control);

/** What a reason may be: 1 to 200 characters. @param {string} id @param {{ required: boolean }} options */
const textField = (id, { required }) => h("input", { id, type: "text", maxlength: 200, autocomplete: "off", required });

/**
 * A number for each line that has units left.
 *
 * @param {WireOrder} order
 * @param {{ kind: Offer, unitsOf: (item: WireOrder["items"][number]) => number, verb: string, isAllAtFirst: boolean }} options
 */
function unitFields({ items }, { kind, unitsOf, verb, isAllAtFirst }) {
  const lines = items
    .filter((item) => unitsOf(item) > 0)
    .map((item, index) => {
      const max = unitsOf(item);
      const props = { id: `change-${kind}-${index}`, type: "number", min: 0, max, step: 1, required: true, value: isAllAtFirst ? max : 0 };
      return { item, max, input: h("input", props) };
    });
  const read = () =>
    lines.flatMap(({ item, input }) => (input.valueAsNumber > 0 ? [{ sku: item.sku, quantity: input.valueAsNumber }] : []));
  return {
    fields: lines.map(({ item, max, input }) => field(`${item.name ?? item.sku} ${verb}, of ${formatCount(max)}`, input)),
    read,
    count: () => read().reduce((sum, { quantity }) => sum + quantity, 0),
  };
}
