import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { orderEvent, productEvent, testOrderId, type OrderEventOptions } from "../../shared/testing/events.ts";
import { fakeActors } from "../../shared/testing/fake-actors.ts";
import { fakeMetrics } from "../../shared/testing/fake-metrics.ts";
import { fakeBatch, fakeMessage } from "../../shared/testing/fake-queue.ts";
import { createLogProvider } from "./log-provider.ts";
import type { NotificationProvider } from "./provider.ts";
import { notifyByHand, sendNotifications, type NotificationDependencies } from "./send-notifications.ts";

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
function setUp(provider: NotificationProvider = createLogProvider(database.db)) {
  const [actors, metrics] = [fakeActors(), fakeMetrics()];
  const dependencies: NotificationDependencies = {
    db: database.db,
    metrics,
    provider,
    orderActors: actors.namespace,
    placement: { kind: "per-order" },
  };
  const deliver = async (bodies: readonly unknown[]) => {
    const messages = bodies.map((body) => fakeMessage(body));
    await sendNotifications(fakeBatch("notifications", messages), dependencies);
    return messages.map(({ settled }) => settled);
  };
  return { deliver, dependencies, actors, metrics };
}
const rows = async (columns = "id, kind", order = "order by id") =>
  (await database.pglite.query(`select ${columns} from ops.notifications ${order}`)).rows;
const sentLines = () => logs.lines.filter(({ message }) => message === "Notification sent");
/** The orders whose notifications the log tells of, alone or together. */
const sentOrders = () =>
  logs.lines.flatMap(({ message, order_id, order_ids }) =>
    /^Notifications? sent$/.test(String(message)) ? String(order_id ?? order_ids).split(" ") : [],
  );
const failedOrder = (options: OrderEventOptions = {}) =>
  orderEvent({
    ...options,
    type: "holdfast.order.failed.v1",
    order: { ...options.order, status: "failed", failure: { code: "out_of_stock", detail: "PROD-1 is sold out." } },
  });

test("sendNotifications tells of a confirmed order: one row, one log line with the request's ids, then the actor, then the queue", async () => {
  const { deliver, actors, metrics } = setUp();
  const event = orderEvent();
  expect(await deliver([event])).toEqual([ack]);
  expect(await rows("id, kind, recipient, subject, message, order_id, provider, request_id, correlation_id")).toEqual([
    {
      id: event.id,
      kind: "order.confirmed",
      recipient: "customer",
      subject: `Order ${testOrderId(1)} is confirmed`,
      message: `Your order ${testOrderId(1)} is confirmed. The total is EUR 20.00.`,
      order_id: testOrderId(1),
      provider: "log",
      request_id: "request-1",
      correlation_id: "correlation-1",
    },
  ]);
  const line = {
    service: "notifications",
    level: "info",
    request_id: "request-1",
    correlation_id: "correlation-1",
    notification_id: event.id,
  };
  expect(sentLines()).toMatchObject([
    { ...line, kind: "order.confirmed", order_id: testOrderId(1), recipient: "customer", provider: "log" },
  ]);
  const argument = { consumer: "notifications", eventIds: [event.id] };
  expect(actors.calls).toEqual([{ actor: testOrderId(1).slice(4), method: "acknowledgeEvents", argument }]);
  expect(metrics.counted["holdfast_notifications_total{kind=order.confirmed,outcome=sent}"]).toBe(1);
});

test("sendNotifications sends once however often the message comes: in one batch, again, and in deliveries at the same time", async () => {
  const { deliver, metrics } = setUp();
  const event = orderEvent();
  expect(await deliver([event, event])).toEqual([ack, ack]);
  await Promise.all([deliver([event]), deliver([event]), deliver([event])]);
  expect(await rows()).toEqual([{ id: event.id, kind: "order.confirmed" }]);
  expect(sentLines()).toHaveLength(1);
  expect(metrics.counted).toMatchObject({
    "holdfast_notifications_total{kind=order.confirmed,outcome=sent}": 1,
    "holdfast_notifications_total{kind=order.confirmed,outcome=duplicate}": 4,
  });
});

test("sendNotifications sends once for deliveries that run at the same time from the start", async () => {
  const { deliver } = setUp();
  const event = orderEvent();
  const settled = await Promise.all(Array.from({ length: 8 }, () => deliver([event, orderEvent({ order: { id: testOrderId(2) } })])));
  expect(settled.flat()).toEqual(Array.from({ length: 16 }, () => ack));
  expect(await rows("order_id, kind")).toHaveLength(2);
  expect(sentOrders().toSorted()).toEqual([testOrderId(1), testOrderId(2)]);
});

test("sendNotifications tells of one order's outcome once, though two events say it", async () => {
  const { deliver } = setUp();
  const [first, second] = [orderEvent(), orderEvent()];
  expect([await deliver([first]), await deliver([second])]).toEqual([[ack], [ack]]);
  expect(await rows("id")).toEqual([{ id: first.id }]);
  expect(sentLines()).toHaveLength(1);
});

test("sendNotifications says why an order failed, and is silent on events that are no end", async () => {
  const { deliver, actors } = setUp();
  const events = [failedOrder(), orderEvent({ type: "holdfast.order.placed.v1", order: { id: testOrderId(2), status: "pending" } })];
  expect(await deliver(events)).toEqual([ack, ack]);
  expect(await rows("kind, message")).toEqual([
    { kind: "order.failed", message: `Your order ${testOrderId(1)} could not be completed. PROD-1 is sold out.` },
  ]);
  expect(actors.calls).toHaveLength(2);
});

test("sendNotifications tells of each thing that an order can come to once, whatever the order, repetition and batching", async () => {
  const names = ["confirmed", "failed", "cancelled", "fulfilled", "refunded"] as const;
  // Two events of each kind, as a defect in an actor would make them, and some of which nobody is to be told.
  const events = [...names, ...names, "updated" as const, "placed" as const].map((name) =>
    orderEvent({ type: `holdfast.order.${name}.v1` }),
  );
  const deliveries = fc
    .array(fc.constantFrom(...events), { maxLength: 6 })
    .chain((extra) => fc.shuffledSubarray([...events, ...extra], { minLength: events.length + extra.length }));
  await fc.assert(
    fc.asyncProperty(deliveries, fc.integer({ min: 1, max: 5 }), async (delivered, size) => {
      await database.empty();
      logs.lines.length = 0;
      const { deliver } = setUp();
      const batches = Array.from({ length: Math.ceil(delivered.length / size) }, (_, at) => delivered.slice(at * size, (at + 1) * size));
      const settled = await Promise.all(batches.map(deliver));
      expect(settled.flat()).toEqual(delivered.map(() => ack));
      expect(await rows("kind, count(*)::int as times", "group by kind order by kind")).toEqual(
        names.toSorted().map((name) => ({ kind: `order.${name}`, times: 1 })),
      );
      expect(sentOrders()).toHaveLength(names.length);
    }),
    { numRuns: 20 },
  );
}, 60_000);

test("sendNotifications retries while Postgres is down, tells no actor, and sends once when it is back", async () => {
  const { deliver, actors } = setUp();
  const event = orderEvent();
  database.fail(new TypeError("fetch failed"));
  expect(await deliver([event])).toEqual([{ kind: "retry", delaySeconds: 5 }]);
  expect([actors.calls, sentLines()]).toEqual([[], []]);
  database.fail(null);
  expect(await deliver([event])).toEqual([ack]);
  expect(sentLines()).toHaveLength(1);
});

test("sendNotifications keeps what is no order event as a dead letter and sends the rest", async () => {
  const { deliver } = setUp();
  expect(await deliver(["junk", productEvent(), orderEvent()])).toEqual([ack, ack, ack]);
  expect((await database.pglite.query("select queue from ops.dead_letters")).rows).toEqual([
    { queue: "notifications" },
    { queue: "notifications" },
  ]);
  expect(await rows()).toHaveLength(1);
});

test("sendNotifications retries what a provider may send later, buries what it never will, and tells only the actors of the rest", async () => {
  const outcomes = [
    { outcome: "failed", reason: "busy", retryable: true },
    { outcome: "failed", reason: "no such address", retryable: false },
    { outcome: "sent" },
  ] as const;
  const { deliver, actors, metrics } = setUp({ name: "fake", send: () => Promise.resolve(outcomes) });
  const events = [1, 2, 3].map((number) => orderEvent({ order: { id: testOrderId(number) } }));
  expect(await deliver(events)).toEqual([{ kind: "retry", delaySeconds: 5 }, ack, ack]);
  expect((await database.pglite.query("select message_key, reason from ops.dead_letters")).rows).toEqual([
    { message_key: events[1]?.id, reason: "no such address" },
  ]);
  expect(actors.calls.map(({ actor }) => actor)).toEqual([testOrderId(3).slice(4)]);
  expect(metrics.counted["holdfast_notifications_total{kind=order.confirmed,outcome=failed}"]).toBe(2);
});

test("sendNotifications retries when a provider does not answer for each", async () => {
  const { deliver } = setUp({ name: "fake", send: () => Promise.resolve([]) });
  expect(await deliver([orderEvent()])).toEqual([{ kind: "retry", delaySeconds: 5 }]);
});

const command = {
  id: "by-hand-1",
  kind: "manual",
  recipient: "customer@example.com",
  subject: "Hello\u0000",
  message: "Your parcel is late.",
  orderId: testOrderId(1),
  context: { requestId: "r", correlationId: "c" },
};

test("notifyByHand sends once and answers a repetition with the first", async () => {
  const { dependencies } = setUp();
  const first = await notifyByHand(command, dependencies);
  const wire = {
    id: "by-hand-1",
    kind: "manual",
    recipient: "customer@example.com",
    subject: "Hello\ufffd",
    message: "Your parcel is late.",
  };
  expect(first).toEqual({ ...wire, order_id: testOrderId(1), sent_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string });
  expect(await notifyByHand({ ...command, message: "Another text" }, dependencies)).toEqual(first);
  expect(sentLines()).toHaveLength(1);
  await notifyByHand({ ...command, id: "by-hand-2" }, dependencies);
  expect(await rows("id")).toEqual([{ id: "by-hand-1" }, { id: "by-hand-2" }]);
});

test("notifyByHand throws when nothing was sent", async () => {
  const failing = setUp({ name: "fake", send: () => Promise.resolve([{ outcome: "failed", reason: "busy", retryable: true }]) });
  await expect(notifyByHand(command, failing.dependencies)).rejects.toMatchObject({ name: "OperatingError", retryable: true });
  database.fail(new TypeError("fetch failed"));
  await expect(notifyByHand(command, setUp().dependencies)).rejects.toThrow();
});
