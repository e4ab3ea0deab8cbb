/** The order's statuses as a person sees them. */
import { h } from "./dom.js";
import { humanize } from "./format.js";
import { toneIcon } from "./icons.js";

/** @import { OrderStatus, Tone } from "../../console.types.ts" */

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

/** @param {OrderStatus} status @returns {HTMLElement} sign, text and colour */
export const statusBadge = (status) => {
  const tone = toneOfStatus(status);
  return h("span", { class: "badge", "data-tone": tone }, toneIcon(tone), humanize(status));
};
