/** Events as actors write them, for tests. */
import { v7 } from "uuid";
import type { OrderStatus, WireOrder, WireTimelineEntry } from "../contracts/order.ts";
import type { WirePayment, WireRefund } from "../contracts/payment.ts";
import { orderEventSchema, productEventSchema, type OrderEvent, type OrderEventType, type ProductEvent } from "../events/catalogue.ts";

/** A valid order id of a number: `ord_` and 32 hex digits. */
export const testOrderId = (number: number): string => `ord_${number.toString(16).padStart(8, "0")}${"0".repeat(24)}`;

/** A moment, `second` seconds after the tests' beginning of time. */
export const testTime = (second: number): string => new Date(Date.UTC(2026, 10, 21) + second * 1_000).toISOString();

export interface OrderEventOptions {
  readonly id?: string;
  readonly type?: OrderEventType;
  readonly principalId?: string;
  readonly order?: Partial<WireOrder>;
  readonly journal?: readonly WireTimelineEntry[];
  /** Left out of the event unless given, as it was before there were refunds. What it leaves out is as the order says. */
  readonly payment?: Partial<WirePayment>;
  readonly settled?: boolean;
}

/** An order event: of order 1, confirmed at version 3, unless the options say otherwise. */
export function orderEvent({
  id = v7(),
  type = "holdfast.order.confirmed.v1",
  principalId = "customer",
  order,
  journal = [],
  payment,
  settled,
}: OrderEventOptions = {}): OrderEvent {
  const whole = { ...testOrder(order), ...order };
  return orderEventSchema.parse({
    ...envelope(id, whole.id),
    type,
    data: {
      order: whole,
      principal_id: principalId,
      payment_method: "pm_card_visa",
      journal,
      ...(payment === undefined ? {} : { payment: testPayment(whole, payment) }),
      settled,
    },
  });
}

function testOrder({ id = testOrderId(1) }: Partial<WireOrder> = {}): WireOrder {
  return {
    id,
    status: "confirmed",
    items: [testItem()],
    total_minor: 2_000,
    currency: "EUR",
    payment: { id: id.replace("ord_", "pay_"), status: "captured", amount_minor: 2_000, refunded_minor: 0 },
    hold_expires_at: null,
    cancellation: null,
    correlation_id: "correlation-1",
    version: 3,
    created_at: testTime(0),
    updated_at: testTime(1),
    metadata: {},
  };
}

/** A line: two of PROD-1 at 10.00, nothing shipped, unless the members say otherwise. */
export const testItem = (item: Partial<WireOrder["items"][number]> = {}): WireOrder["items"][number] => ({
  sku: "PROD-1",
  name: "One",
  quantity: 2,
  unit_price_minor: 1_000,
  line_total_minor: 2_000,
  fulfilled_quantity: 0,
  returned_quantity: 0,
  ...item,
});

const testPayment = (order: WireOrder, payment: Partial<WirePayment>): WirePayment => ({
  ...order.payment,
  order_id: order.id,
  payment_method: "pm_card_visa",
  attempt: 1,
  currency: order.currency,
  reference: "ch_1",
  decline_reason: null,
  refunds: [],
  created_at: order.created_at,
  updated_at: order.updated_at,
  ...payment,
});

/** The n-th refund of an order: all of its 20.00 gone back, unless the members say otherwise. */
export const testRefund = (number: number, refund: Partial<WireRefund> = {}): WireRefund => {
  const orderId = refund.order_id ?? testOrderId(1);
  return {
    id: `${orderId}:refund:${number}`,
    order_id: orderId,
    payment_id: orderId.replace("ord_", "pay_"),
    amount_minor: 2_000,
    currency: "EUR",
    status: "succeeded",
    reason: "Damaged",
    detail: null,
    created_at: testTime(number),
    ...refund,
  };
};

export function journalEntry(seq: number, status: OrderStatus = "pending"): WireTimelineEntry {
  const effects = { stock: [], money: null };
  return {
    seq,
    step: "place",
    attempt: 1,
    at: testTime(seq),
    duration_ms: 1.5,
    outcome: "ok",
    status,
    cause: "request",
    detail: null,
    ...effects,
  };
}

/** A product event: PROD-1 at version 1, unless the options say otherwise. */
export function productEvent({
  id = v7(),
  product,
}: { readonly id?: string; readonly product?: Partial<ProductEvent["data"]["product"]> } = {}): ProductEvent {
  const whole = { sku: "PROD-1", name: "One", price_minor: 1_000, currency: "EUR", version: 1, updated_at: testTime(0), ...product };
  return productEventSchema.parse({ ...envelope(id, whole.sku), type: "holdfast.product.changed.v1", data: { product: whole } });
}

const envelope = (id: string, subject: string) => ({
  specversion: "1.0",
  id,
  source: "/test",
  subject,
  time: testTime(0),
  datacontenttype: "application/json",
  correlationid: "correlation-1",
  causationid: "causation-1",
  requestid: "request-1",
});
