import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WireOrder } from "../contracts/order.ts";
import { orderEvent, productEvent, testOrderId, testRefund, testTime, type OrderEventOptions } from "../testing/events.ts";
import { encodeCursor } from "./cursor.ts";
import { listOrders, listOverdueOrders, type ListOrdersQuery } from "./orders.ts";
import { listProducts } from "./products.ts";
import { projectEvents } from "./project-events.ts";
import { isOpen, orders } from "./schema/orders.ts";
import { createTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(() => database.empty());
afterAll(() => database.close());

interface Placed {
  readonly principalId?: string;
  readonly order?: Partial<WireOrder>;
}
const place = (number: number, second: number, { principalId = "customer", order }: Placed = {}) =>
  orderEvent({ principalId, order: { id: testOrderId(number), created_at: testTime(second), ...order } });

async function pages(query: Omit<ListOrdersQuery, "cursor">): Promise<string[][]> {
  const read: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listOrders(database.db, { ...query, cursor });
    if (!page.ok) throw new Error(page.code);
    read.push(page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return read;
}

test("listOrders is newest first, the id deciding between orders of one moment, page after page without a gap or a repeat", async () => {
  await projectEvents(database.db, [place(1, 10), place(2, 30), place(3, 20), place(4, 20), place(5, 20)]);
  const expected = [2, 5, 4, 3, 1].map(testOrderId);
  expect(await pages({ principalId: null, limit: 2 })).toEqual([expected.slice(0, 2), expected.slice(2, 4), expected.slice(4)]);
  expect(await pages({ principalId: null, limit: 5 })).toEqual([expected]);
});

test("listOrders keeps its place when orders are placed between two pages", async () => {
  await projectEvents(database.db, [place(1, 10), place(2, 20), place(3, 30)]);
  const first = await listOrders(database.db, { principalId: null, limit: 2 });
  await projectEvents(database.db, [place(9, 99)]);
  const second = await listOrders(database.db, {
    principalId: null,
    limit: 2,
    cursor: first.ok ? (first.nextCursor ?? undefined) : undefined,
  });
  expect(second).toMatchObject({ ok: true, data: [{ id: testOrderId(1) }], nextCursor: null });
});

test("listOrders gives a principal its own orders and everyone's to null, by status when one is asked for", async () => {
  const failed = { status: "failed" as const };
  await projectEvents(database.db, [place(1, 1), place(2, 2, { order: failed }), place(3, 3, { principalId: "other", order: failed })]);
  expect(await pages({ principalId: "customer", limit: 10 })).toEqual([[2, 1].map(testOrderId)]);
  expect(await pages({ principalId: "customer", status: "failed", limit: 10 })).toEqual([[testOrderId(2)]]);
  expect(await pages({ principalId: null, status: "failed", limit: 10 })).toEqual([[3, 2].map(testOrderId)]);
  expect(await pages({ principalId: "nobody", limit: 10 })).toEqual([[]]);
});

test.each([
  ["not base64", "%%%"],
  ["empty", ""],
  ["not JSON", btoa("[")],
  ["a list of other things", encodeCursor(["2026-11-21T00:00:00.000Z"])],
  ["not a time", encodeCursor(["yesterday", testOrderId(1)])],
  ["not an id", encodeCursor([testTime(0), "x' or 1=1"])],
  ["of the year 0, which Postgres has not", encodeCursor(["0000-01-01T00:00:00.000Z", testOrderId(1)])],
  ["of a moment finer than any row's", encodeCursor([`2026-11-21T00:00:00.${"1".repeat(200)}Z`, testOrderId(1)])],
])("listOrders refuses a cursor that is %s without asking the database", async (_what, cursor) => {
  const before = database.requests();
  expect(await listOrders(database.db, { principalId: null, limit: 10, cursor })).toEqual({ ok: false, code: "invalid_cursor" });
  expect(database.requests()).toBe(before);
});

test("listOrders reads each list by the index made for it", async () => {
  await database.pglite.exec("set enable_seqscan = off");
  const plan = async (where: string): Promise<string> =>
    JSON.stringify(
      (await database.pglite.query(`explain select * from orders.orders ${where} order by created_at desc, id desc limit 10`)).rows,
    );
  expect(await plan("")).toContain("orders_newest");
  expect(await plan("where principal_id = 'a' and (created_at, id) < (now(), 'x')")).toContain("orders_principal_newest");
  expect(await plan("where status = 'failed'")).toContain("orders_status_newest");
  await database.pglite.exec("set enable_seqscan = on");
});

test("listProducts is in the order of the SKUs' code points, page after page, and refuses a bad cursor", async () => {
  const skus = ["b", "B", "a-1", "a.1", "a1", "Z"];
  await projectEvents(
    database.db,
    skus.map((sku) => productEvent({ product: { sku } })),
  );
  const read: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listProducts(database.db, { limit: 4, cursor });
    if (!page.ok) throw new Error(page.code);
    read.push(...page.data.map(({ sku }) => sku));
    cursor = page.nextCursor;
  }
  expect(read).toEqual(skus.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(await listProducts(database.db, { limit: 4, cursor: encodeCursor(["no sku"]) })).toEqual({ ok: false, code: "invalid_cursor" });
});

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

test("listOverdueOrders finds what has not ended and stood still for longer than asked, no more than asked", async () => {
  const stands = (number: number, status: WireOrder["status"], ms: number) => place(number, 0, { order: { status, updated_at: ago(ms) } });
  await projectEvents(database.db, [
    stands(1, "pending", 120_000),
    stands(2, "pending_payment", 61_000),
    stands(3, "compensating", 10_000),
    stands(4, "confirmed", 120_000),
    stands(5, "failed", 120_000),
  ]);
  const overdue = await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 200 });
  expect(overdue.map(({ id }) => id).sort()).toEqual([1, 2].map(testOrderId));
  expect(overdue.find(({ id }) => id === testOrderId(1))).toMatchObject({ status: "pending", correlationId: "correlation-1" });
  expect(await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 1 })).toHaveLength(1);
  expect(await listOverdueOrders(database.db, { olderThanMs: 200_000, limit: 200 })).toEqual([]);
});

test("listOverdueOrders finds an order that has ended and owes something, until an event says that it is settled", async () => {
  const ended = (number: number, options: Partial<OrderEventOptions>) =>
    orderEvent({ ...options, order: { id: testOrderId(number), updated_at: ago(120_000), ...options.order } });
  const pending = { refunds: [testRefund(1, { order_id: testOrderId(2), status: "pending" })] };
  await projectEvents(database.db, [
    ended(1, { settled: false }),
    ended(2, { payment: pending }),
    ended(3, { payment: { refunds: [testRefund(1, { order_id: testOrderId(3), status: "refused" })] } }),
    ended(4, { settled: true, payment: {} }),
    ended(5, { settled: false, order: { status: "failed" } }),
  ]);
  const overdue = async () => (await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 200 })).map(({ id }) => id).sort();
  expect(await overdue()).toEqual([1, 2, 5].map(testOrderId));
  await projectEvents(database.db, [ended(1, { settled: true, order: { version: 4 } }), ended(2, { order: { version: 4 } })]);
  expect(await overdue()).toEqual([testOrderId(5)]);
});

test("listOverdueOrders leaves an order alone that waits for another card, until its hold has ended", async () => {
  const waits = (number: number, status: WireOrder["payment"]["status"], holdExpiresAt: string | null) => {
    const payment = { id: testOrderId(number).replace("ord_", "pay_"), status, amount_minor: 0, refunded_minor: 0 };
    return place(number, 0, {
      order: { status: "pending_payment", payment, hold_expires_at: holdExpiresAt, updated_at: ago(120_000) },
    });
  };
  await projectEvents(database.db, [
    waits(1, "declined", ago(-600_000)),
    waits(2, "declined", ago(1_000)),
    waits(3, "unknown", ago(-600_000)),
    waits(4, "declined", null),
  ]);
  const overdue = await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 200 });
  expect(overdue.map(({ id }) => id).sort()).toEqual([2, 3, 4].map(testOrderId));
});

test("listOverdueOrders reads the index of what is open, which stays small", async () => {
  await database.pglite.exec("set enable_seqscan = off");
  const { rows } = await database.db.execute(sql`explain select id from ${orders} where ${isOpen(orders)} and updated_at < now()`);
  expect(JSON.stringify(rows)).toContain("orders_open_updated");
  await database.pglite.exec("set enable_seqscan = on");
});
