/** The order's statuses as a person sees them. */
import { h } from "./dom.js";
import { humanize } from "./format.js";
import { toneIcon } from "./icons.js";

/** @import { OrderStatus, Tone, WireOrder, WirePayment } from "../../console.types.ts" */

/** @type {Record<OrderStatus, Tone>} */
const tones = {
  pending: "busy",
  cart_validated: "busy",
  inventory_reserved: "busy",
  payment_processed: "busy",
  confirmed: "good",
  fulfilled: "good",
  pending_inventory: "warn",
  pending_payment: "warn",
  compensating: "warn",
  failed: "bad",
  cancelled: "neutral",
  refunded: "neutral",
};

/** Every status, in the order of an order's life. */
export const orderStatuses = /** @type {OrderStatus[]} */ (Object.keys(tones));

/** @param {OrderStatus} status @returns {Tone} neutral for one that this page does not know yet */
export const toneOfStatus = (status) => tones[status] ?? "neutral";

/** @param {OrderStatus} status @returns {boolean} whether Holdfast is still at work on it */
export const isWorking = (status) => toneOfStatus(status) === "busy" || toneOfStatus(status) === "warn";

/** Its last card was refused: nothing happens until another one comes, or the hold ends. @param {WireOrder} order */
export const awaitsPayment = ({ status, payment }) => status === "pending_payment" && payment.status === "declined";

/**
 * @param {WireOrder} order
 * @param {WirePayment | null} payment
 * @returns {boolean} whether anything of it is still on its way, so that it is worth another look
 */
export const isUnderWay = (order, payment) =>
  isWorking(order.status) ||
  (order.cancellation !== null && order.status !== "cancelled" && order.status !== "failed") ||
  (payment?.refunds.some((refund) => refund.status === "pending") ?? false);

/** @param {OrderStatus} status @returns {HTMLElement} sign, text and colour */
export const statusBadge = (status) => {
  const tone = toneOfStatus(status);
  return h("span", { class: "badge", "data-tone": tone }, toneIcon(tone), humanize(status));
};
