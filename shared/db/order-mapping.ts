/** An order between the event that carries it, the rows that keep it and the wire. Nowhere else do the names change. */
import { sql } from "drizzle-orm";
import type { WireOrder } from "../contracts/order.ts";
import type { OrderEvent } from "../events/catalogue.ts";
import type { journalChanges } from "./schema/journal.ts";
import { orderItems, orders } from "./schema/orders.ts";
import type { payments, refunds } from "./schema/payments.ts";

type OrderRow = typeof orders.$inferSelect;
type PaymentRow = typeof payments.$inferSelect;

export function toOrderRow({ data }: OrderEvent): OrderRow {
  const { order, principal_id, payment_method, payment } = data;
  const isRefunding = payment?.refunds.some(({ status }) => status === "pending") ?? false;
  return {
    id: order.id,
    principalId: principal_id,
    status: order.status,
    paymentMethod: payment_method,
    totalMinor: order.total_minor,
    currency: order.currency,
    failure: order.failure ?? null,
    cancellation: order.cancellation,
    holdExpiresAt: order.hold_expires_at,
    settled: data.settled ?? !isRefunding,
    metadata: order.metadata,
    correlationId: order.correlation_id,
    version: order.version,
    createdAt: order.created_at,
    updatedAt: order.updated_at,
  };
}

export const toItemRows = ({ data: { order } }: OrderEvent): (typeof orderItems.$inferSelect)[] =>
  order.items.map((item, index) => ({
    orderId: order.id,
    lineNo: index + 1,
    sku: item.sku,
    name: item.name,
    quantity: item.quantity,
    unitPriceMinor: item.unit_price_minor,
    lineTotalMinor: item.line_total_minor,
    fulfilledQuantity: item.fulfilled_quantity,
    returnedQuantity: item.returned_quantity,
    version: order.version,
  }));

export function toPaymentRow({ data: { order, payment_method, payment } }: OrderEvent): PaymentRow {
  return {
    id: order.payment.id,
    orderId: order.id,
    status: order.payment.status,
    method: payment_method,
    attempt: payment?.attempt ?? 1,
    reference: payment?.reference ?? null,
    amountMinor: order.payment.amount_minor,
    refundedMinor: order.payment.refunded_minor,
    currency: order.currency,
    version: order.version,
    createdAt: order.created_at,
    updatedAt: order.updated_at,
  };
}

/** The refunds that an event speaks of. */
export const toRefundRows = ({ data: { order, payment } }: OrderEvent): (typeof refunds.$inferSelect)[] =>
  (payment?.refunds ?? []).map((refund) => ({
    id: refund.id,
    orderId: refund.order_id,
    paymentId: refund.payment_id,
    amountMinor: refund.amount_minor,
    currency: refund.currency,
    status: refund.status,
    reason: refund.reason,
    detail: refund.detail,
    version: order.version,
    createdAt: refund.created_at,
  }));

/** The stretch of the order's journal that an event tells; none when it tells nothing new of it. */
export function toJournalChanges({ data: { order, journal } }: OrderEvent): (typeof journalChanges.$inferSelect)[] {
  const [first] = journal;
  return first === undefined ? [] : [{ orderId: order.id, firstSeq: first.seq, entries: journal }];
}

/** An order's lines as the wire has them, for the order of the outer query. */
export const wireItems = sql<WireOrder["items"]>`(
  select coalesce(json_agg(json_build_object(
    'sku', item.sku, 'name', item.name, 'quantity', item.quantity,
    'unit_price_minor', item.unit_price_minor, 'line_total_minor', item.line_total_minor,
    'fulfilled_quantity', item.fulfilled_quantity, 'returned_quantity', item.returned_quantity
  ) order by item.line_no), '[]'::json)
  from ${orderItems} as item where item.order_id = ${orders.id}
)`;

export function toWireOrder({ order, payment, items }: { order: OrderRow; payment: PaymentRow; items: WireOrder["items"] }): WireOrder {
  return {
    id: order.id,
    status: order.status,
    ...(order.failure === null ? {} : { failure: order.failure }),
    items,
    total_minor: order.totalMinor,
    currency: order.currency,
    payment: {
      id: payment.id,
      status: payment.status,
      amount_minor: payment.amountMinor,
      refunded_minor: payment.refundedMinor,
    },
    hold_expires_at: order.holdExpiresAt,
    cancellation: order.cancellation,
    correlation_id: order.correlationId,
    version: order.version,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    metadata: order.metadata,
  };
}
