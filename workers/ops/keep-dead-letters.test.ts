import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { orderEvent } from "../../shared/testing/events.ts";
import { fakeMetrics } from "../../shared/testing/fake-metrics.ts";
import { fakeBatch, fakeMessage, type FakeMessage } from "../../shared/testing/fake-queue.ts";
import { keepDeadLetters } from "./keep-dead-letters.ts";

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
async function deliver(messages: readonly FakeMessage[], queue = "order-events-dlq") {
  const metrics = fakeMetrics();
  await keepDeadLetters(fakeBatch(queue, messages), { db: database.db, metrics });
  return { settled: messages.map(({ settled }) => settled), metrics };
}
const letters = async (columns = "*") =>
  (await database.pglite.query<Record<string, unknown>>(`select ${columns} from ops.dead_letters order by queue, message_key`)).rows;

test("keepDeadLetters makes one row for each message, by its event's id, then acks and counts it under the queue it was sent to", async () => {
  const event = orderEvent();
  const { settled, metrics } = await deliver([fakeMessage(event, { attempts: 2 }), fakeMessage("junk", { id: "m1" })]);
  expect(settled).toEqual([ack, ack]);
  const seen = { first_seen_at: expect.any(Date) as Date, last_seen_at: expect.any(Date) as Date };
  const row = { queue: "order-events", reason: null, times: 1, ...seen };
  expect(await letters()).toEqual([
    { ...row, message_key: event.id, body: event, attempts: 2, request_id: "request-1", correlation_id: "correlation-1" },
    { ...row, message_key: "m1", body: "junk", attempts: 1, request_id: null, correlation_id: null },
  ]);
  expect(metrics.counted["holdfast_dead_letters_total{queue=order-events}"]).toBe(2);
  expect(logs.lines).toMatchObject([{ service: "ops", level: "error", request_id: "request-1" }, { service: "ops" }]);
});

test("keepDeadLetters counts what comes again, in one batch or in two, and keeps when it first came", async () => {
  const event = orderEvent();
  await deliver([fakeMessage(event)]);
  const [first] = await letters("first_seen_at");
  expect((await deliver([fakeMessage(event), fakeMessage(event, { attempts: 4 })])).settled).toEqual([ack, ack]);
  expect(await letters("times, attempts, first_seen_at")).toEqual([{ times: 3, attempts: 4, ...first }]);
});

test("keepDeadLetters keeps the same event apart by queue", async () => {
  const event = orderEvent();
  await deliver([fakeMessage(event)]);
  await deliver([fakeMessage(event)], "notifications-dlq");
  expect(await letters("queue")).toEqual([{ queue: "notifications" }, { queue: "order-events" }]);
});

test("keepDeadLetters keeps bodies that are not JSON, not text and not storable as they are", async () => {
  const cycle: Record<string, unknown> = { id: "cycle" };
  cycle["self"] = cycle;
  const deepest: unknown = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));
  const bodies = [new Uint8Array([1]).buffer, cycle, undefined, { nul: "\u0000", half: "\ud800" }, 1n, deepest, { id: 7, requestid: 8 }];
  const { settled } = await deliver(bodies.map((body, index) => fakeMessage(body, { id: `m${index}` })));
  expect(settled).toEqual(bodies.map(() => ack));
  const kept = await letters("message_key, body");
  expect(kept.map(({ message_key }) => message_key)).toEqual(["cycle", "m0", "m2", "m3", "m4", "m5", "m6"]);
  expect(kept.map(({ body }) => body).with(5, null)).toEqual([
    { text: "[object Object]" },
    { base64: "AQ==" },
    null,
    { nul: "\ufffd", half: "\ufffd" },
    "1n",
    null,
    { id: 7, requestid: 8 },
  ]);
});

test("keepDeadLetters keeps messages whose ids become one in Postgres, and their neighbours", async () => {
  const { settled } = await deliver([{ id: "a\u0000" }, { id: "a\ufffd" }, { id: "b" }].map((body) => fakeMessage(body)));
  expect(settled).toEqual([ack, ack, ack]);
  expect(await letters("message_key, times")).toEqual([
    { message_key: "a\ufffd", times: 2 },
    { message_key: "b", times: 1 },
  ]);
});

test("keepDeadLetters acks nothing before it is written: a failed write is tried again later", async () => {
  database.fail(new TypeError("fetch failed"));
  const { settled, metrics } = await deliver([fakeMessage(orderEvent(), { attempts: 2 })]);
  expect(settled).toEqual([{ kind: "retry", delaySeconds: 10 }]);
  expect(metrics.counted["holdfast_dead_letters_total{queue=order-events}"]).toBeUndefined();
});
