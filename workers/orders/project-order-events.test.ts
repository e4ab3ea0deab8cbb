import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WireProduct } from "../../shared/contracts/product.ts";
import { listOrders } from "../../shared/db/orders.ts";
import { listProducts } from "../../shared/db/products.ts";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import type { Placement } from "../../shared/platform/placement.ts";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { orderEvent, productEvent, testOrderId } from "../../shared/testing/events.ts";
import { stockActor } from "../../durable-objects/stock/client.ts";
import { fakeActors, type ActorCall } from "../../shared/testing/fake-actors.ts";
import { fakeMetrics } from "../../shared/testing/fake-metrics.ts";
import { fakeBatch, fakeMessage } from "../../shared/testing/fake-queue.ts";
import { projectOrderEvents, type ProjectionDependencies } from "./project-order-events.ts";

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

const ack = { kind: "ack" };

/** The consumer with everything around it, and what it did to it. */
function setUp(options: { readonly placement?: Placement; readonly answer?: (call: ActorCall) => unknown } = {}) {
  const [orderActors, stockActors, metrics] = [fakeActors(options.answer), fakeActors(options.answer), fakeMetrics()];
  const cached: WireProduct[] = [];
  const dependencies: ProjectionDependencies = {
    db: database.db,
    metrics,
    orderActors: orderActors.namespace,
    stockActor: (sku) => stockActor(stockActors.namespace, sku, { kind: "per-sku" }),
    placement: options.placement ?? { kind: "per-order" },
    cacheProducts: (products) => {
      cached.push(...products);
      return Promise.resolve();
    },
  };
  const deliver = async (bodies: readonly unknown[], overrides: Partial<ProjectionDependencies> = {}) => {
    const messages = bodies.map((body, index) => fakeMessage(body, { id: `m${index}` }));
    await projectOrderEvents(fakeBatch("order-events", messages), { ...dependencies, ...overrides });
    return messages.map(({ settled }) => settled);
  };
  return { deliver, orderActors, stockActors, metrics, cached };
}

const orderIds = async (): Promise<string[]> => {
  const page = await listOrders(database.db, { principalId: null, limit: 100 });
  return page.ok ? page.data.map(({ id }) => id).sort() : [];
};
const deadLetters = async () =>
  (await database.pglite.query("select queue, message_key, times, reason from ops.dead_letters order by message_key")).rows;

test("projectOrderEvents writes the batch in one round trip, puts products into the cache, tells each actor once, then acks", async () => {
  const { deliver, orderActors, stockActors, cached, metrics } = setUp();
  const events = [
    orderEvent({ order: { version: 1 } }),
    orderEvent({ order: { version: 2 } }),
    orderEvent({ order: { id: testOrderId(2) } }),
  ];
  const products = [productEvent(), productEvent({ product: { version: 2 } })];
  const before = database.requests();
  expect(await deliver([...events, ...products])).toEqual([ack, ack, ack, ack, ack]);
  expect(database.requests() - before).toBe(1);
  const acknowledge = (actor: string, ids: readonly unknown[], more: object) => ({
    actor,
    method: "acknowledgeEvents",
    argument: { ...more, eventIds: ids },
  });
  const consumer = { consumer: "order-events" };
  expect(orderActors.calls).toEqual([
    acknowledge(testOrderId(1).slice(4), [events[0]?.id, events[1]?.id], consumer),
    acknowledge(testOrderId(2).slice(4), [events[2]?.id], consumer),
  ]);
  expect(stockActors.calls).toEqual([
    acknowledge(
      "PROD-1",
      products.map(({ id }) => id),
      {},
    ),
  ]);
  expect(cached).toEqual([products[1]?.data.product]);
  expect(metrics.counted["holdfast_queue_messages_total{queue=order-events,outcome=acked}"]).toBe(5);
});

test("projectOrderEvents makes one call for all orders that share a host", async () => {
  const { deliver, orderActors } = setUp({ placement: { kind: "pooled", hosts: 1 } });
  const events = [1, 2, 3].map((number) => orderEvent({ order: { id: testOrderId(number) } }));
  await deliver(events);
  const argument = { consumer: "order-events", eventIds: events.map(({ id }) => id) };
  expect(orderActors.calls).toEqual([{ actor: "host-0", method: "acknowledgeEvents", argument }]);
});

test("projectOrderEvents does the same message twice with the same result, and acks the actor again", async () => {
  const { deliver, orderActors } = setUp();
  const event = orderEvent();
  expect([await deliver([event]), await deliver([event, event])]).toEqual([[ack], [ack, ack]]);
  expect(orderActors.calls).toHaveLength(2);
  expect(await orderIds()).toEqual([testOrderId(1)]);
});

test("projectOrderEvents retries the whole batch while Postgres is down, tells nobody, and ends well when it is back", async () => {
  const { deliver, orderActors, stockActors, cached } = setUp();
  database.fail(new TypeError("fetch failed"));
  const retry = { kind: "retry", delaySeconds: 5 };
  expect(await deliver([orderEvent(), productEvent(), "junk"])).toEqual([retry, retry, retry]);
  expect([orderActors.calls, stockActors.calls, cached]).toEqual([[], [], []]);
  database.fail(null);
  expect(await deliver([orderEvent(), productEvent(), "junk"])).toEqual([ack, ack, ack]);
  expect(await orderIds()).toEqual([testOrderId(1)]);
});

test("projectOrderEvents keeps a message that is no event as a dead letter, with its reason, and projects its neighbours", async () => {
  const { deliver, metrics } = setUp();
  const unknownType = { ...orderEvent({ id: "01940000-0000-7000-8000-000000000001" }), type: "holdfast.order.exploded.v1" };
  expect(await deliver(["junk", orderEvent(), unknownType])).toEqual([ack, ack, ack]);
  expect(await orderIds()).toEqual([testOrderId(1)]);
  const reason = expect.stringContaining("Not an event that is known here") as string;
  expect(await deadLetters()).toEqual([
    { queue: "order-events", message_key: unknownType.id, times: 1, reason },
    { queue: "order-events", message_key: "m0", times: 1, reason },
  ]);
  expect(metrics.counted).toMatchObject({
    "holdfast_dead_letters_total{queue=order-events}": 2,
    "holdfast_queue_messages_total{queue=order-events,outcome=dead}": 2,
    "holdfast_queue_messages_total{queue=order-events,outcome=acked}": 1,
  });
});

test("projectOrderEvents lets an order that Postgres refuses harm no other: it is a dead letter, and its actor is not told", async () => {
  const { deliver, orderActors } = setUp();
  await deliver([orderEvent()]);
  orderActors.calls.length = 0;
  const refused = orderEvent({ order: { version: 9, payment: { id: "pay_other", status: "none", amount_minor: 0, refunded_minor: 0 } } });
  expect(await deliver([orderEvent({ order: { id: testOrderId(2) } }), refused, productEvent()])).toEqual([ack, ack, ack]);
  expect(await orderIds()).toEqual([1, 2].map(testOrderId));
  expect(await deadLetters()).toMatchObject([{ message_key: refused.id, times: 1 }]);
  expect(orderActors.calls.map(({ actor }) => actor)).toEqual([testOrderId(2).slice(4)]);
  expect(await listProducts(database.db, { limit: 1 })).toMatchObject({ data: [{ sku: "PROD-1" }] });
});

test("projectOrderEvents acks a message though its actor or the cache could not be told, and logs that", async () => {
  const { deliver } = setUp({
    answer: () => {
      throw new Error("actor gone");
    },
  });
  const cacheProducts = (): Promise<void> => Promise.reject(new Error("cache gone"));
  expect(await deliver([orderEvent(), productEvent()], { cacheProducts })).toEqual([ack, ack]);
  const warnings = logs.lines.filter(({ level }) => level === "warn").map(({ cause }) => cause);
  expect(warnings.sort()).toEqual(["Error: actor gone", "Error: actor gone", "Error: cache gone"]);
});
