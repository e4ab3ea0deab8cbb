import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { projectEvents } from "../../shared/db/project-events.ts";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { orderEvent, testOrderId } from "../../shared/testing/events.ts";
import { fakeActors } from "../../shared/testing/fake-actors.ts";
import { sweepOverdue } from "./sweep-overdue.ts";

const logs = captureLogs();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(async () => {
  database.fail(null);
  await database.empty();
});
afterAll(() => database.close());

const placement = { kind: "per-order" } as const;
const stand = (number: number, status: "pending" | "confirmed", standsForMs: number) =>
  orderEvent({ order: { id: testOrderId(number), status, updated_at: new Date(Date.now() - standsForMs).toISOString() } });

test("sweepOverdue wakes the orders that have not ended and stood still for a minute", async () => {
  const { namespace, calls } = fakeActors();
  await projectEvents(database.db, [stand(1, "pending", 61_000), stand(2, "confirmed", 61_000), stand(3, "pending", 30_000)]);
  expect(await sweepOverdue({ db: database.db, orderActors: namespace, placement })).toEqual({ found: 1, failed: 0 });
  expect(calls).toEqual([{ actor: testOrderId(1).slice(4), method: "wake", argument: { orderId: testOrderId(1) } }]);
});

test("sweepOverdue wakes no more than its limit", async () => {
  const { namespace, calls } = fakeActors();
  await projectEvents(
    database.db,
    [1, 2, 3, 4].map((number) => stand(number, "pending", 61_000)),
  );
  expect(await sweepOverdue({ db: database.db, orderActors: namespace, placement, limit: 3 })).toEqual({ found: 3, failed: 0 });
  expect(calls).toHaveLength(3);
});

test("sweepOverdue goes on after an order that cannot be woken, counts and logs it", async () => {
  const { namespace, calls } = fakeActors(({ actor }) => {
    if (actor === testOrderId(2).slice(4)) throw new Error("actor gone");
  });
  await projectEvents(
    database.db,
    [1, 2, 3].map((number) => stand(number, "pending", 61_000)),
  );
  expect(await sweepOverdue({ db: database.db, orderActors: namespace, placement })).toEqual({ found: 3, failed: 1 });
  expect(calls).toHaveLength(3);
  const failure = {
    level: "warn",
    order_id: testOrderId(2),
    status: "pending",
    correlation_id: "correlation-1",
    cause: "Error: actor gone",
  };
  expect(logs.lines).toMatchObject([failure, { level: "info", found: 3, failed: 1 }]);
});

test("sweepOverdue says that Postgres is down, so that who asked for the sweep asks again", async () => {
  database.fail(new TypeError("fetch failed"));
  const sweep = sweepOverdue({ db: database.db, orderActors: fakeActors().namespace, placement });
  await expect(sweep).rejects.toMatchObject({ name: "OperatingError", retryable: true });
  expect(logs.lines).toMatchObject([{ level: "error", service: "orders" }]);
});
