import { expect, test } from "vitest";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { WireRefund } from "../../shared/contracts/payment.ts";
import { isNotifiable, orderEventSchema, type OrderEventType } from "../../shared/events/catalogue.ts";
import { orderEvent, testOrderId, testRefund } from "../../shared/testing/events.ts";
import { orderNotification } from "./order-notification.ts";

test.each([
  [2_000, "EUR", "EUR 20.00"],
  [5, "EUR", "EUR 0.05"],
  [0, "EUR", "EUR 0.00"],
  [1_999, "JPY", "JPY 1,999"],
  [1_234, "KWD", "KWD 1.234"],
  [Number.MAX_SAFE_INTEGER, "EUR", "EUR 90,071,992,547,409.91"],
])("orderNotification writes %i minor units of %s as %s", (total_minor, currency, text) => {
  expect(orderNotification(orderEvent({ order: { total_minor, currency } }))?.message).toContain(`The total is ${text}.`);
});

test.each(["placed", "pending", "updated"] as const)("orderNotification is nothing for %s, which is not an end", (name) => {
  expect(orderNotification(orderEvent({ type: `holdfast.order.${name}.v1` }))).toBeNull();
});

test("orderNotification tells of exactly the types that the queue is given", () => {
  const types = orderEventSchema.options.map((option) => option.shape.type.value);
  expect(types.filter((type) => orderNotification(orderEvent({ type })) !== null)).toEqual(types.filter(isNotifiable));
});

const paid = (status: WireOrder["payment"]["status"], amount_minor: number, refunded_minor: number): WireOrder["payment"] => ({
  id: testOrderId(1).replace("ord_", "pay_"),
  status,
  amount_minor,
  refunded_minor,
});
const told = (type: OrderEventType, order: Partial<WireOrder>, refunds?: readonly WireRefund[]): string | undefined =>
  orderNotification(orderEvent({ type, order, ...(refunds === undefined ? {} : { payment: { refunds: [...refunds] } }) }))?.message;
const cancelled = `Your order ${testOrderId(1)} is cancelled.`;

test.each([
  ["was never asked for", paid("none", 0, 0), [], `${cancelled} Nothing was charged.`],
  ["was voided", paid("voided", 0, 0), [], `${cancelled} Nothing was charged.`],
  ["was declined", paid("declined", 0, 0), [], `${cancelled} Nothing was charged.`],
  ["is not known", paid("unknown", 0, 0), [], cancelled],
  ["went back", paid("refunded", 2_000, 2_000), [testRefund(1)], `${cancelled} EUR 20.00 has been returned to your payment method.`],
  [
    "goes back",
    paid("captured", 2_000, 0),
    [testRefund(1, { status: "pending" })],
    `${cancelled} EUR 20.00 is being returned to your payment method.`,
  ],
  [
    "went back in part",
    paid("partially_refunded", 2_000, 500),
    [testRefund(1, { amount_minor: 500 }), testRefund(2, { amount_minor: 1_500, status: "pending" })],
    `${cancelled} EUR 5.00 has been returned to your payment method. EUR 15.00 is being returned to your payment method.`,
  ],
  [
    "was not taken back",
    paid("captured", 2_000, 0),
    [testRefund(1, { status: "refused" })],
    `${cancelled} EUR 20.00 has not been returned yet.`,
  ],
  ["is in an event without refunds", paid("captured", 2_000, 0), undefined, `${cancelled} EUR 20.00 has not been returned yet.`],
])("orderNotification says of a cancelled order whose money %s", (_what, payment, refunds, message) => {
  expect(told("holdfast.order.cancelled.v1", { status: "cancelled", payment }, refunds)).toBe(message);
});

test("orderNotification says nothing of an amount while the currency is not known", () => {
  const order = { status: "cancelled" as const, total_minor: null, currency: null, payment: paid("none", 0, 0) };
  expect(told("holdfast.order.cancelled.v1", order)).toBe(`${cancelled} Nothing was charged.`);
});

test("orderNotification tells of a shipped and of a refunded order", () => {
  expect(orderNotification(orderEvent({ type: "holdfast.order.fulfilled.v1", order: { status: "fulfilled" } }))).toMatchObject({
    kind: "order.fulfilled",
    subject: `Order ${testOrderId(1)} is on its way`,
    message: `All items of your order ${testOrderId(1)} have been shipped.`,
  });
  const order = { status: "refunded" as const, payment: paid("refunded", 2_000, 2_000) };
  expect(orderNotification(orderEvent({ type: "holdfast.order.refunded.v1", order, payment: { refunds: [testRefund(1)] } }))).toMatchObject(
    {
      kind: "order.refunded",
      subject: `Order ${testOrderId(1)} is refunded`,
      message: `Your order ${testOrderId(1)} is refunded. EUR 20.00 has been returned to your payment method.`,
    },
  );
});
