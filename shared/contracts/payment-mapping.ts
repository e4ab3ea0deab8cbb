/** The one place where an order's books become payments, refunds and returns on the wire. */
import type { Refund, Return } from "../domain/order/after-sale.ts";
import { refundedMinor } from "../domain/order/after-sale.ts";
import type { OrderState } from "../domain/order/state.ts";
import { paymentIdFor } from "../platform/ids.ts";
import { toTimestamp, toWirePaymentStatus } from "./order-mapping.ts";
import type { WirePayment, WireRefund, WireReturn } from "./payment.ts";

export function toWirePayment(state: OrderState): WirePayment {
  const { payment } = state;
  return {
    id: paymentIdFor(state.orderId),
    order_id: state.orderId,
    status: toWirePaymentStatus(state),
    payment_method: payment.method,
    attempt: payment.attempt,
    amount_minor: payment.amountMinor,
    refunded_minor: refundedMinor(state),
    currency: state.currency,
    reference: payment.reference,
    decline_reason: payment.status === "declined" ? payment.declineReason : null,
    refunds: state.refunds.map((refund, index) => toWireRefund(state, refund, index)),
    created_at: toTimestamp(state.createdAtMs),
    updated_at: toTimestamp(state.updatedAtMs),
  };
}

/** The id of an order's n-th refund, also at the provider, where it makes the refund repeatable. `index` from 0. */
export const refundIdOf = (orderId: string, index: number): string => `${orderId}:refund:${index + 1}`;
/** The id of an order's n-th return; with the line's number it makes the restocking repeatable. `index` from 0. */
export const returnIdOf = (orderId: string, index: number): string => `${orderId}:return:${index + 1}`;

/** The refund that an operation asked for, or null. */
export function findWireRefund(state: OrderState, operationId: string): WireRefund | null {
  const index = state.refunds.findIndex((refund) => refund.operationId === operationId);
  const refund = state.refunds[index];
  return refund === undefined ? null : toWireRefund(state, refund, index);
}

/** The return that an operation asked for, or null. */
export function findWireReturn(state: OrderState, operationId: string): WireReturn | null {
  const index = state.returns.findIndex((entry) => entry.operationId === operationId);
  const entry = state.returns[index];
  return entry === undefined ? null : toWireReturn(state, entry, index);
}

const toWireRefund = (state: OrderState, refund: Refund, index: number): WireRefund => ({
  id: refundIdOf(state.orderId, index),
  order_id: state.orderId,
  payment_id: paymentIdFor(state.orderId),
  amount_minor: refund.amountMinor,
  currency: state.currency ?? "XXX",
  status: refund.status,
  reason: refund.reason,
  detail: refund.detail,
  created_at: toTimestamp(refund.atMs),
});

const toWireReturn = (state: OrderState, { lines, status, reason, atMs }: Return, index: number): WireReturn => ({
  id: returnIdOf(state.orderId, index),
  order_id: state.orderId,
  items: lines.map((line) => ({ ...line })),
  status,
  reason,
  created_at: toTimestamp(atMs),
});
