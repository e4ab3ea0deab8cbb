import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { failureCodeSchema, orderSchema, orderStatuses, paymentStatuses, type WireOrder } from "../contracts/order.ts";
import type { WireRefund } from "../contracts/payment.ts";
import { queuedEventSchema } from "../events/catalogue.ts";
import { orderEvent, testItem, testOrderId, testRefund, type OrderEventOptions } from "../testing/events.ts";
import { isRefusedByDatabase } from "./client.ts";
import { listOrders } from "./orders.ts";
import { projectEvents } from "./project-events.ts";
import { createTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(() => database.empty());
afterAll(() => database.close());

const allOrders = async (): Promise<readonly WireOrder[]> => {
  const page = await listOrders(database.db, { principalId: null, limit: 100 });
  return page.ok ? page.data : [];
};
const select = async (query: string): Promise<unknown[]> => (await database.pglite.query(query)).rows;

const amount = fc.maxSafeNat();
const text = fc.string({ unit: "binary", maxLength: 20 }).filter((value) => !value.includes("\u0000"));
const moment = fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }).map((date) => date.toISOString());
const item = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(), fc.nat()).chain(([quantity, shipped, back]) =>
  fc.record({
    sku: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    name: fc.option(text),
    quantity: fc.constant(quantity),
    unit_price_minor: fc.option(amount),
    line_total_minor: fc.option(amount),
    fulfilled_quantity: fc.constant(shipped % (quantity + 1)),
    returned_quantity: fc.constant(back % ((shipped % (quantity + 1)) + 1)),
  }),
);
/** Every order that the wire knows, with every member of it. */
const wireOrder: fc.Arbitrary<WireOrder> = fc
  .record({
    status: fc.constantFrom(...orderStatuses),
    failure: fc.option(fc.record({ code: fc.constantFrom(...failureCodeSchema.options), detail: text })),
    items: fc.array(item, { minLength: 1, maxLength: 5 }),
    total_minor: fc.option(amount),
    currency: fc.option(fc.constantFrom("EUR", "JPY")),
    payment: fc.tuple(fc.constantFrom(...paymentStatuses), amount, amount).map(([status, one, other]) => ({
      id: testOrderId(7).replace("ord_", "pay_"),
      status,
      amount_minor: Math.max(one, other),
      refunded_minor: Math.min(one, other),
    })),
    hold_expires_at: fc.option(moment),
    cancellation: fc.option(fc.record({ reason: fc.option(text), requested_at: moment })),
    correlation_id: text,
    version: fc.integer({ min: 1, max: 1_000 }),
    created_at: moment,
    updated_at: moment,
    metadata: fc.dictionary(text, text, { maxKeys: 3 }),
  })
  .map(({ failure, ...order }) => ({ id: testOrderId(7), ...order, ...(failure === null ? {} : { failure }) }));

test("an order is read from Postgres member for member as its event says it", async () => {
  await fc.assert(
    fc.asyncProperty(wireOrder, async (order) => {
      await database.empty();
      const event = orderEvent({ order });
      expect(Object.keys(order)).toEqual(expect.arrayContaining(Object.keys(orderSchema.omit({ failure: true }).shape)));
      await projectEvents(database.db, [event]);
      expect(await allOrders()).toStrictEqual([event.data.order]);
    }),
    { numRuns: 100 },
  );
}, 60_000);

const paymentOf = (status: WireOrder["payment"]["status"], refundedMinor: number): WireOrder["payment"] => ({
  id: testOrderId(1).replace("ord_", "pay_"),
  status,
  amount_minor: 2_000,
  refunded_minor: refundedMinor,
});
const changed = (version: number, refundedMinor: number, refunds: WireRefund[], options: OrderEventOptions = {}) => {
  const payment = paymentOf(refundedMinor === 2_000 ? "refunded" : refundedMinor > 0 ? "partially_refunded" : "captured", refundedMinor);
  return orderEvent({
    type: "holdfast.order.updated.v1",
    ...options,
    order: { version, payment, ...options.order },
    payment: { refunds, ...options.payment },
  });
};
const refunds = () => select("select id, amount_minor, status, detail, version from payments.refunds order by id");
const idOf = (number: number): string => testRefund(number).id;

test("projectEvents keeps the payment as the event has it, and its refunds, in one round trip", async () => {
  const detail = "The charge is too old.";
  const both = [testRefund(1, { amount_minor: 500 }), testRefund(2, { amount_minor: 300, status: "refused", detail })];
  const before = database.requests();
  await projectEvents(database.db, [changed(4, 500, both, { payment: { attempt: 2, reference: "ch_2" } })]);
  expect(database.requests() - before).toBe(1);
  expect(await select("select status, attempt, reference, amount_minor, refunded_minor, version from payments.payments")).toEqual([
    { status: "partially_refunded", attempt: 2, reference: "ch_2", amount_minor: 2_000, refunded_minor: 500, version: 4 },
  ]);
  const refund = { order_id: testOrderId(1), payment_id: paymentOf("captured", 0).id, currency: "EUR", reason: "Damaged", version: 4 };
  const rows = await select(
    "select order_id, payment_id, currency, reason, version, amount_minor, status, detail from payments.refunds order by id",
  );
  expect(rows).toEqual([
    { ...refund, amount_minor: 500, status: "succeeded", detail: null },
    { ...refund, amount_minor: 300, status: "refused", detail },
  ]);
  expect(await select("select to_char(created_at at time zone 'UTC', 'SS') as second from payments.refunds order by id")).toEqual([
    { second: "01" },
    { second: "02" },
  ]);
});

test("an event that the release before this one left in an outbox is projected with what it did not know at its default", async () => {
  const { data, ...envelope } = orderEvent();
  const { hold_expires_at: _held, cancellation: _cancelled, items, payment, ...order } = data.order;
  const { refunded_minor: _refunded, ...oldPayment } = payment;
  const oldItems = items.map(({ fulfilled_quantity: _shipped, returned_quantity: _back, ...item }) => item);
  const old: unknown = { ...envelope, data: { ...data, order: { ...order, items: oldItems, payment: oldPayment } } };
  await projectEvents(database.db, [queuedEventSchema.parse(old)]);
  expect(await allOrders()).toStrictEqual([data.order]);
  expect(await select("select settled from orders.orders")).toEqual([{ settled: true }]);
});

test("projectEvents takes an event from before there were refunds, and one that speaks of only some of them", async () => {
  await projectEvents(database.db, [orderEvent()]);
  expect(await select("select attempt, reference, refunded_minor from payments.payments")).toEqual([
    { attempt: 1, reference: null, refunded_minor: 0 },
  ]);
  await projectEvents(database.db, [changed(4, 0, [testRefund(1, { amount_minor: 500, status: "pending" })])]);
  await projectEvents(database.db, [
    changed(5, 500, [testRefund(1, { amount_minor: 500 })]),
    changed(6, 500, [testRefund(2, { status: "pending" })]),
  ]);
  expect(await refunds()).toMatchObject([
    { id: idOf(1), status: "succeeded", version: 5 },
    { id: idOf(2), status: "pending", version: 6 },
  ]);
});

test("projectEvents ends with the newest word on every refund whatever the order, the repetition and the batching", async () => {
  const [first, second] = [{ amount_minor: 500 }, { amount_minor: 1_500 }];
  const events = [
    orderEvent({ order: { version: 3 } }),
    changed(4, 0, [testRefund(1, { ...first, status: "pending" })]),
    changed(5, 500, [testRefund(1, first), testRefund(2, { ...second, status: "pending" })]),
    changed(6, 500, [testRefund(1, first), testRefund(2, { ...second, status: "refused", detail: "No" })]),
    changed(7, 500, [testRefund(3, { ...second, status: "pending" })]),
    changed(8, 2_000, [testRefund(3, second)], { type: "holdfast.order.refunded.v1", order: { status: "refunded" } }),
  ];
  const deliveries = fc
    .array(fc.constantFrom(...events), { maxLength: 4 })
    .chain((extra) => fc.shuffledSubarray([...events, ...extra], { minLength: events.length + extra.length }));
  await fc.assert(
    fc.asyncProperty(deliveries, fc.integer({ min: 1, max: 4 }), async (delivered, size) => {
      await database.empty();
      for (let start = 0; start < delivered.length; start += size) await projectEvents(database.db, delivered.slice(start, start + size));
      expect(await refunds()).toEqual([
        { id: idOf(1), ...first, status: "succeeded", detail: null, version: 6 },
        { id: idOf(2), ...second, status: "refused", detail: "No", version: 6 },
        { id: idOf(3), ...second, status: "succeeded", detail: null, version: 8 },
      ]);
      expect(await allOrders()).toEqual([events[5]?.data.order]);
    }),
    { numRuns: 25 },
  );
}, 60_000);

test.each([
  ["more refunded than was captured", changed(4, 2_001, [])],
  ["more shipped than was sold", orderEvent({ order: { items: [testItem({ fulfilled_quantity: 3 })] } })],
  ["more come back than was shipped", orderEvent({ order: { items: [testItem({ fulfilled_quantity: 1, returned_quantity: 2 })] } })],
])("Postgres refuses an order with %s", async (_what, event) => {
  const error: unknown = await projectEvents(database.db, [event]).catch((reason: unknown) => reason);
  expect(isRefusedByDatabase(error)).toBe(true);
  expect(await allOrders()).toEqual([]);
});
