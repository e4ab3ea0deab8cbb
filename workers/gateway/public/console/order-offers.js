/** What can still be done to an order, as far as its wire form tells. The actor decides; this only offers. Pure. */
import { awaitsPayment } from "./order-status.js";

/** @import { WireOrder, WirePayment } from "../../console.types.ts" */
/** @typedef {"pay" | "cancel" | "fulfil" | "refund" | "return"} Offer */
/** @typedef {{ offer: Offer, key: string }} Offered `key` names what it is about: another amount, another key */

/**
 * @param {WireOrder} order
 * @param {WirePayment} payment
 * @param {{ isOperator: boolean }} who refunds, shipments and returns are an operator's
 * @returns {Offered[]} in the order in which they are shown
 */
export function offersFor(order, payment, { isOperator }) {
  const isSold = order.status === "confirmed" && order.cancellation === null;
  const [toShip, toReturn, refundable] = [order.items.map(unitsToShip), order.items.map(unitsToReturn), refundableMinor(payment)];
  /** @type {{ offer: Offer, isOffered: boolean, about: unknown }[]} */
  const offers = [
    { offer: "pay", isOffered: awaitsPayment(order) && order.cancellation === null, about: order.total_minor },
    { offer: "fulfil", isOffered: isOperator && isSold && hasAny(toShip), about: toShip },
    { offer: "refund", isOffered: isOperator && hasEnded(order) && refundable > 0, about: refundable },
    { offer: "return", isOffered: isOperator && hasAny(toReturn), about: toReturn },
    { offer: "cancel", isOffered: isCancellable(order), about: refundable },
  ];
  return offers.filter(({ isOffered }) => isOffered).map(({ offer, about }) => ({ offer, key: JSON.stringify([order.id, offer, about]) }));
}

/** @param {WireOrder["items"][number]} item */
export const unitsToShip = (item) => item.quantity - item.fulfilled_quantity;

/** @param {WireOrder["items"][number]} item */
export const unitsToReturn = (item) => item.fulfilled_quantity - item.returned_quantity;

/** What was captured and neither went back nor is on its way back. @param {WirePayment} payment */
export const refundableMinor = ({ amount_minor: captured, refunds }) =>
  refunds.reduce((left, refund) => (refund.status === "refused" ? left : left - refund.amount_minor), captured);

/** @param {readonly number[]} units */
const hasAny = (units) => units.some((count) => count > 0);

/** @param {WireOrder} order */
const hasEnded = ({ status }) => status === "confirmed" || status === "fulfilled" || status === "cancelled" || status === "failed";

/** @param {WireOrder} order */
const isCancellable = (order) =>
  order.cancellation === null &&
  order.status !== "failed" &&
  order.status !== "compensating" &&
  order.items.every((item) => item.fulfilled_quantity === 0);
