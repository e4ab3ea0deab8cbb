/** The one place where the domain's order becomes the wire's. */
import { refundedMinor } from "../domain/order/after-sale.ts";
import { hasEnded, type OrderState } from "../domain/order/state.ts";
import type { PaymentStatus, WireOrder } from "./order.ts";
import { paymentIdFor } from "../platform/ids.ts";

/** @param version Counts the durable changes of the order, from 1. */
export function toWireOrder(state: OrderState, version: number): WireOrder {
  return {
    id: state.orderId,
    status: state.status,
    ...(state.failure === null ? {} : { failure: toWireFailure(state.failure) }),
    items: state.lines.map(toWireItem),
    total_minor: state.totalMinor,
    currency: state.currency,
    payment: {
      id: paymentIdFor(state.orderId),
      status: toWirePaymentStatus(state),
      amount_minor: state.payment.amountMinor,
      refunded_minor: refundedMinor(state),
    },
    hold_expires_at: isHolding(state) ? toTimestamp(state.giveUpAtMs) : null,
    cancellation:
      state.cancellation === null
        ? null
        : { reason: state.cancellation.reason, requested_at: toTimestamp(state.cancellation.requestedAtMs) },
    correlation_id: state.correlationId,
    version,
    created_at: toTimestamp(state.createdAtMs),
    updated_at: toTimestamp(state.updatedAtMs),
    metadata: { ...state.metadata },
  };
}

/** A captured payment of which something went back says so. */
export function toWirePaymentStatus(state: OrderState): PaymentStatus {
  const { status, amountMinor } = state.payment;
  const refunded = refundedMinor(state);
  if (status !== "captured" || refunded === 0) return status;
  return refunded < amountMinor ? "partially_refunded" : "refunded";
}

/** Until it is paid or turns back, an order holds its stock against the clock. */
const isHolding = (state: OrderState): boolean =>
  !hasEnded(state) && state.status !== "compensating" && state.payment.status !== "captured" && state.cancellation === null;

/** Milliseconds since the epoch as RFC 3339 in UTC. */
export const toTimestamp = (atMs: number): string => new Date(atMs).toISOString();

function toWireFailure(failure: NonNullable<OrderState["failure"]>): NonNullable<WireOrder["failure"]> {
  const { code, detail, lines } = failure;
  return lines === undefined ? { code, detail } : { code, detail, lines: lines.map((line) => ({ ...line })) };
}

function toWireItem(line: OrderState["lines"][number]): WireOrder["items"][number] {
  const { sku, name, quantity, unitPriceMinor, fulfilled, returned } = line;
  // A line's total above 2^53 - 1 fails the order (total_too_large), so it is shown as unknown rather than rounded.
  const lineTotal = unitPriceMinor === null ? null : unitPriceMinor * quantity;
  const exact = lineTotal !== null && Number.isSafeInteger(lineTotal);
  return {
    sku,
    name,
    quantity,
    unit_price_minor: unitPriceMinor,
    line_total_minor: exact ? lineTotal : null,
    fulfilled_quantity: fulfilled,
    returned_quantity: returned,
  };
}
