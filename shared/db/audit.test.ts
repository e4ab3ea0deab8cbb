import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { journalEntry, orderEvent, productEvent, testOrderId, testTime } from "../testing/events.ts";
import { listOrderIds, listOrdersByTime, listRecentOrderIds, listSkus, listSkusInTurn, readRecords } from "./audit.ts";
import { recordNotifications } from "./notifications.ts";
import { projectEvents } from "./project-events.ts";
import { createTestDatabase, type TestDatabase } from "./testing/test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(() => database.empty());
afterAll(() => database.close());

const ids = (...numbers: readonly number[]): string[] => numbers.map(testOrderId);
const project = (...numbers: readonly number[]): Promise<void> =>
  projectEvents(
    database.db,
    numbers.map((number) =>
      orderEvent({
        order: { id: testOrderId(number), created_at: testTime(100 - number) },
        journal: Array.from({ length: number }, (_, index) => journalEntry(index + 1)),
      }),
    ),
  );
const notify = (number: number, kind: string, id = `${number}-${kind}`): Promise<unknown> =>
  recordNotifications(
    database.db,
    [
      {
        id,
        kind,
        recipient: "r",
        subject: "s",
        message: "m",
        orderId: testOrderId(number),
        context: { requestId: "q", correlationId: "c" },
      },
    ],
    { provider: "log" },
  );

test("listOrderIds gives the ids of a stretch, in their order", async () => {
  await project(3, 1, 2, 4);
  const list = (after: string, to: string | null, limit = 9) => listOrderIds(database.db, { after, to, limit });
  expect(await list("", null)).toEqual(ids(1, 2, 3, 4));
  expect(await list(testOrderId(1), testOrderId(3))).toEqual(ids(2, 3));
  expect(await list("", null, 2)).toEqual(ids(1, 2));
});

test("listOrdersByTime goes on after the order it was left at", async () => {
  await project(3, 1, 2);
  const first = await listOrdersByTime(database.db, { after: { createdAt: testTime(-1), id: "" }, limit: 2 });
  expect(first).toEqual([
    { id: testOrderId(3), createdAt: testTime(97) },
    { id: testOrderId(2), createdAt: testTime(98) },
  ]);
  const after = first[1] ?? { createdAt: "", id: "" };
  expect(await listOrdersByTime(database.db, { after, limit: 2 })).toMatchObject([{ id: testOrderId(1) }]);
});

test("listRecentOrderIds gives the newest orders, and those whose customers were told of something lately", async () => {
  await project(1, 2, 3, 4, 5);
  await notify(5, "order.cancelled");
  await notify(9, "order.confirmed");
  expect((await listRecentOrderIds(database.db, 2)).sort()).toEqual(ids(1, 2, 5));
});

test("listSkus pages through the catalogue, and listSkusInTurn comes to every SKU in turn, all of them when they fit", async () => {
  const skus = ["A", "B", "C", "D", "E"];
  await projectEvents(
    database.db,
    skus.map((sku) => productEvent({ product: { sku } })),
  );
  expect(await listSkus(database.db, { after: "B", limit: 2 })).toEqual(["C", "D"]);
  const turns = await Promise.all([7, 8, 9, 10].map((turn) => listSkusInTurn(database.db, { turn, size: 2 })));
  expect(turns).toEqual([["C", "D"], ["E"], ["A", "B"], ["C", "D"]]);
  expect(await listSkusInTurn(database.db, { turn: 29_000_001, size: 100 })).toEqual(skus);
  await database.empty();
  expect(await listSkusInTurn(database.db, { turn: 1, size: 100 })).toEqual([]);
});

test("readRecords gives each order that is there, with its payment, its items and the confirmations sent for it", async () => {
  await project(1, 2);
  await notify(1, "order.confirmed");
  await notify(1, "order.cancelled");
  await notify(2, "manual");
  const records = await readRecords(database.db, ids(1, 2, 3));
  expect(records.map(({ orderId, confirmations }) => [orderId, confirmations]).sort()).toEqual([
    [testOrderId(1), 1],
    [testOrderId(2), 0],
  ]);
  expect(records.map(({ orderId, details }) => [orderId, details.journalEntries]).sort()).toEqual([
    [testOrderId(1), 1],
    [testOrderId(2), 2],
  ]);
  expect(records.find(({ orderId }) => orderId === testOrderId(1))).toMatchObject({
    principalId: "customer",
    status: "confirmed",
    version: 3,
    totalMinor: 2_000,
    currency: "EUR",
    payment: { status: "captured", method: "pm_card_visa", amountMinor: 2_000, refundedMinor: 0 },
    items: [{ sku: "PROD-1", quantity: 2, fulfilled: 0, returned: 0 }],
  });
  await database.pglite.exec("delete from payments.payments");
  expect((await readRecords(database.db, ids(1))).map(({ payment }) => payment)).toEqual([null]);
});
