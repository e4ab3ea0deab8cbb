import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WireOrder } from "../contracts/order.ts";
import type { QueuedEvent } from "../events/catalogue.ts";
import { journalEntry, orderEvent, productEvent, testItem, testOrderId, testTime } from "../testing/events.ts";
import { isRefusedByDatabase } from "./client.ts";
import { listOrders } from "./orders.ts";
import { listProducts } from "./products.ts";
import { isOrderEvent, isProductEvent, projectEvents } from "./project-events.ts";
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
const journalKeys = async (): Promise<string[]> => {
  const { rows } = await database.pglite.query<{ key: string }>(
    "select order_id || ':' || seq as key from orders.journal order by order_id, seq",
  );
  return rows.map(({ key }) => key);
};

test("projectEvents makes an order, its lines, its payment, its journal and a product in one round trip", async () => {
  const event = orderEvent({ journal: [journalEntry(1), journalEntry(2, "confirmed")], order: { metadata: { note: "gift" } } });
  const before = database.requests();
  await projectEvents(database.db, [event, productEvent()]);
  expect(database.requests() - before).toBe(1);
  expect(await allOrders()).toEqual([event.data.order]);
  expect(await journalKeys()).toEqual([`${testOrderId(1)}:1`, `${testOrderId(1)}:2`]);
  const { rows } = await database.pglite.query(
    "select id, order_id, status, method, amount_minor, currency, version from payments.payments",
  );
  const payment = { id: event.data.order.payment.id, order_id: testOrderId(1), status: "captured", method: "pm_card_visa" };
  expect(rows).toEqual([{ ...payment, amount_minor: 2_000, currency: "EUR", version: 3 }]);
  expect(await listProducts(database.db, { limit: 10 })).toMatchObject({ ok: true, data: [productEvent().data.product] });
});

test("projectEvents keeps amounts up to 2^53 - 1, times to the millisecond and what has no price yet", async () => {
  const unpriced = testItem({ sku: "PROD-2", name: null, quantity: 1_000_000, unit_price_minor: null, line_total_minor: null });
  const order = { items: [unpriced], created_at: "2026-02-28T23:59:59.999Z", updated_at: "2026-03-01T00:00:00.001Z" };
  const early = orderEvent({ order: { ...order, status: "pending", total_minor: null, currency: null, version: 1 } });
  await projectEvents(database.db, [early]);
  expect(await allOrders()).toEqual([early.data.order]);
  const priced = { ...unpriced, name: "Two", unit_price_minor: Number.MAX_SAFE_INTEGER, line_total_minor: Number.MAX_SAFE_INTEGER };
  const late = orderEvent({ order: { ...order, items: [priced], total_minor: Number.MAX_SAFE_INTEGER, version: 2 } });
  await projectEvents(database.db, [late]);
  expect(await allOrders()).toEqual([late.data.order]);
});

test("projectEvents lets an older version change nothing but add its journal entries", async () => {
  const newer = orderEvent({ order: { version: 3 }, journal: [journalEntry(3)] });
  const items = [testItem({ unit_price_minor: null, line_total_minor: null })];
  const older = orderEvent({
    type: "holdfast.order.placed.v1",
    order: { version: 1, status: "pending", items, total_minor: null, metadata: { late: "yes" } },
    journal: [journalEntry(1), journalEntry(2)],
  });
  await projectEvents(database.db, [newer]);
  await projectEvents(database.db, [older]);
  expect(await allOrders()).toEqual([newer.data.order]);
  expect(await journalKeys()).toEqual([1, 2, 3].map((seq) => `${testOrderId(1)}:${seq}`));
});

test("projectEvents keeps an event's journal as one row, the longest telling of it, and shows it entry by entry", async () => {
  const told = [
    { ...journalEntry(1), detail: 'a "quoted" \\ word\n', stock: [{ sku: "PROD-1", quantity: 2, effect: "held" as const }] },
    { ...journalEntry(2, "confirmed"), money: { effect: "captured" as const, amount_minor: 2_000, currency: "EUR" } },
  ];
  const [whole, part] = [orderEvent({ journal: told }), orderEvent({ journal: told.slice(0, 1) })];
  for (const batch of [[part, whole, part], [part], [whole]]) {
    await projectEvents(database.db, batch);
    const kept = await database.pglite.query("select order_id, first_seq, entries from orders.journal_changes");
    expect(kept.rows).toEqual([{ order_id: testOrderId(1), first_seq: 1, entries: told }]);
  }
  const { rows } = await database.pglite.query<{ at: Date }>("select * from orders.journal");
  expect(rows.map((row) => ({ ...row, at: row.at.toISOString() }))).toEqual(told.map((entry) => ({ order_id: testOrderId(1), ...entry })));
});

test("projectEvents keeps a failure, and text that Postgres cannot hold as U+FFFD", async () => {
  const lines = [{ sku: "PROD-1", requested: 2, available: 0 }];
  const failure = { code: "out_of_stock" as const, detail: "a\u0000b", lines };
  const metadata = { nul: "\u0000", half: "\ud800x", backslash: "\\u0000", pair: "😀", quote: '"' };
  await projectEvents(database.db, [orderEvent({ type: "holdfast.order.failed.v1", order: { status: "failed", failure, metadata } })]);
  expect(await allOrders()).toMatchObject([
    {
      failure: { ...failure, detail: "a\ufffdb" },
      metadata: { nul: "\ufffd", half: "\ufffdx", backslash: "\\u0000", pair: "😀", quote: '"' },
    },
  ]);
});

test("projectEvents writes nothing when one value is refused, and says that trying again is no use", async () => {
  await projectEvents(database.db, [orderEvent()]);
  // Its schema allows it, its table does not: an order has one payment.
  const second = orderEvent({ order: { payment: { id: "pay_other", status: "none", amount_minor: 0, refunded_minor: 0 }, version: 9 } });
  const error: unknown = await projectEvents(database.db, [productEvent(), second]).catch((reason: unknown) => reason);
  expect(isRefusedByDatabase(error)).toBe(true);
  expect(await allOrders()).toMatchObject([{ version: 3 }]);
  expect(await listProducts(database.db, { limit: 10 })).toMatchObject({ data: [] });
});

test("projectEvents does nothing for no events, and takes 100 orders of 100 lines at once", async () => {
  const before = database.requests();
  await projectEvents(database.db, []);
  expect(database.requests()).toBe(before);
  const items = Array.from({ length: 100 }, (_, line) => testItem({ sku: `PROD-${line}` }));
  await projectEvents(
    database.db,
    Array.from({ length: 100 }, (_, number) => orderEvent({ order: { id: testOrderId(number), items } })),
  );
  const { rows } = await database.pglite.query("select count(*)::int as lines from orders.order_items");
  expect(rows).toEqual([{ lines: 10_000 }]);
});

test("projectEvents ends with the same rows whatever the order, the repetition and the batching of the events", async () => {
  const statuses = ["pending", "inventory_reserved", "confirmed", "failed"] as const;
  const versionsOf = (number: number): QueuedEvent[] =>
    [1, 2, 3, 4].map((version) =>
      orderEvent({
        order: {
          id: testOrderId(number),
          version,
          status: statuses[version - 1] ?? "pending",
          total_minor: version * 100,
          updated_at: testTime(version),
          created_at: testTime(-number),
          items: Array.from({ length: 2 }, (_, line) =>
            testItem({ sku: `PROD-${line}`, name: `v${version}`, quantity: version, fulfilled_quantity: version - 1 }),
          ),
        },
        journal: [journalEntry(2 * version - 1), journalEntry(2 * version)],
      }),
    );
  const orderEvents = [1, 2, 3].flatMap(versionsOf);
  const events = [...orderEvents, ...[1, 2, 3].map((version) => productEvent({ product: { version, name: `v${version}` } }))];
  const last = events
    .filter(isOrderEvent)
    .map(({ data }) => data.order)
    .filter(({ version }) => version === 4);
  const repeated = fc
    .array(fc.constantFrom(...events), { maxLength: 12 })
    .chain((extra) => fc.shuffledSubarray([...events, ...extra], { minLength: events.length + extra.length }));
  const batched = fc.tuple(repeated, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 30, maxLength: 30 }));

  await fc.assert(
    fc.asyncProperty(batched, async ([delivered, sizes]) => {
      await database.empty();
      for (let start = 0, batch = 0; start < delivered.length; start += sizes[batch++] ?? 1) {
        await projectEvents(database.db, delivered.slice(start, start + (sizes[batch] ?? 1)));
      }
      expect(await allOrders()).toEqual(last);
      expect(await journalKeys()).toHaveLength(24);
      const product = events.findLast(isProductEvent)?.data.product;
      expect(await listProducts(database.db, { limit: 10 })).toEqual({ ok: true, data: [product], nextCursor: null });
    }),
    { numRuns: 25 },
  );
}, 60_000);
