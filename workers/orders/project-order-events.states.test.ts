/** What the order actors really say, through the consumer, into Postgres: nothing of it may be lost or changed on the way. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventEntry, eventTypeOf } from "../../durable-objects/order/order-messages.ts";
import { toWirePayment } from "../../shared/contracts/payment-mapping.ts";
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import { listOrders, listOverdueOrders } from "../../shared/db/orders.ts";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import { states } from "../../shared/domain/order/fixtures.ts";
import { awaitsPayment, isSettled, type OrderState } from "../../shared/domain/order/state.ts";
import { newId } from "../../shared/platform/ids.ts";
import { testOrderId } from "../../shared/testing/events.ts";
import { stockActor } from "../../durable-objects/stock/client.ts";
import { fakeActors } from "../../shared/testing/fake-actors.ts";
import { fakeMetrics } from "../../shared/testing/fake-metrics.ts";
import { fakeBatch, fakeMessage } from "../../shared/testing/fake-queue.ts";
import { projectOrderEvents } from "./project-order-events.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(() => database.empty());
afterAll(() => database.close());

const version = 7;
const orderIn = (state: OrderState): OrderState => ({ ...state, orderId: testOrderId(1) });
const cases = Object.entries<OrderState | null>(states).flatMap(([name, state]) =>
  state === null ? [] : [[name, orderIn(state)] as const],
);

/** The message as the actor's outbox has it. */
function messageOf(state: OrderState): unknown {
  const type = eventTypeOf({ published: "pending", before: null, after: state, unpublished: [] }) ?? "holdfast.order.pending.v1";
  return JSON.parse(
    eventEntry({ id: newId(), type, before: null, state, order: toWireOrder(state, version), causationId: "cause", journal: [] }).body,
  );
}

async function project(state: OrderState): Promise<void> {
  const message = fakeMessage(messageOf(state));
  await projectOrderEvents(fakeBatch("order-events", [message]), {
    db: database.db,
    metrics: fakeMetrics(),
    orderActors: fakeActors().namespace,
    stockActor: (sku) => stockActor(fakeActors().namespace, sku, { kind: "per-sku" }),
    placement: { kind: "per-order" },
    cacheProducts: () => Promise.resolve(),
  });
  expect(message.settled).toEqual({ kind: "ack" });
}

test.each(cases)("an order that stands at %s is the same in Postgres as in its actor, member for member", async (_name, state) => {
  await project(state);
  expect(await listOrders(database.db, { principalId: null, limit: 10 })).toStrictEqual({
    ok: true,
    data: [toWireOrder(state, version)],
    nextCursor: null,
  });
});

test.each(cases)("the payment and the refunds of an order that stands at %s are those that its actor answers", async (_name, state) => {
  await project(state);
  const { refunds, ...payment } = toWirePayment(state);
  const columns = "id, order_id, status, method as payment_method, attempt, amount_minor, refunded_minor, currency, reference";
  const { rows } = await database.pglite.query(`select ${columns} from payments.payments`);
  expect([payment]).toMatchObject(rows);
  const kept = await database.pglite.query<{ created_at: Date }>(
    "select id, order_id, payment_id, amount_minor, currency, status, reason, detail, created_at from payments.refunds order by created_at, id",
  );
  expect(kept.rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))).toEqual(refunds);
});

test.each(cases)("the sweep finds an order that stands at %s exactly when it has something to do", async (_name, state) => {
  // The fixtures' clock begins with the epoch, so every one of them has stood still for long enough, and no hold has lasted.
  await project(state);
  const overdue = await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 10 });
  expect(overdue).toHaveLength(isSettled(state) ? 0 : 1);
});

test("the sweep lets an order wait for another card while its hold lasts", async () => {
  const waiting = cases.find(([, state]) => awaitsPayment(state))?.[1];
  if (waiting === undefined) throw new Error("no fixture waits");
  await project({ ...waiting, giveUpAtMs: Date.now() + 600_000 });
  expect(await listOverdueOrders(database.db, { olderThanMs: 60_000, limit: 10 })).toEqual([]);
});
