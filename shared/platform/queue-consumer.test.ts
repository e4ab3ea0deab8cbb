import { describe, expect, it, test } from "vitest";
import { captureLogs } from "../testing/captured-logs.ts";
import { orderEvent } from "../testing/events.ts";
import { fakeMetrics } from "../testing/fake-metrics.ts";
import { fakeBatch, fakeMessage } from "../testing/fake-queue.ts";
import { consumeQueue, retryDelaySeconds, type MessagesHandler } from "./queue-consumer.ts";

const logs = captureLogs();
const ack = { kind: "ack" };

/** A clock that is 100 ms further at every reading. */
function steppingClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 100);
}

test("consumeQueue settles each message as the handler says and counts it", async () => {
  const metrics = fakeMetrics();
  const messages = [fakeMessage(1), fakeMessage(2, { attempts: 3 }), fakeMessage(3)];
  await consumeQueue(fakeBatch("q", messages), { service: "orders", metrics }, ([first, second, third]) => {
    first?.ack();
    second?.retry("not now");
    third?.dead("never");
    return Promise.resolve();
  });
  expect(messages.map(({ settled }) => settled)).toEqual([ack, { kind: "retry", delaySeconds: 20 }, ack]);
  expect(metrics.counted).toEqual({
    "holdfast_queue_batch_duration_seconds{queue=q}": 1,
    "holdfast_queue_messages_total{queue=q,outcome=acked}": 1,
    "holdfast_queue_messages_total{queue=q,outcome=retried}": 1,
    "holdfast_queue_messages_total{queue=q,outcome=dead}": 1,
  });
});

test("consumeQueue retries what a failed handler left open, never rejects, and logs and counts it as retried", async () => {
  const metrics = fakeMetrics();
  const messages = [fakeMessage(1), fakeMessage(2)];
  await consumeQueue(fakeBatch("q", messages), { service: "orders", metrics }, ([first]) => {
    first?.ack();
    throw new TypeError("no database");
  });
  expect(messages.map(({ settled }) => settled)).toEqual([ack, { kind: "retry", delaySeconds: 5 }]);
  expect(metrics.counted).toMatchObject({
    "holdfast_queue_messages_total{queue=q,outcome=acked}": 1,
    "holdfast_queue_messages_total{queue=q,outcome=retried}": 1,
  });
  expect(logs.lines).toMatchObject([
    { message: "Queue messages acked", messages: 1 },
    { message: "Queue message retried", reason: "TypeError: no database" },
  ]);
});

test("consumeQueue retries a message that the handler forgot", async () => {
  const message = fakeMessage(1);
  await consumeQueue(fakeBatch("q", [message]), { service: "orders", metrics: fakeMetrics() }, () => Promise.resolve());
  expect(message.settled).toEqual({ kind: "retry", delaySeconds: 5 });
});

test("consumeQueue lets the first settlement of a message stand", async () => {
  const message = fakeMessage(1);
  await consumeQueue(fakeBatch("q", [message]), { service: "orders", metrics: fakeMetrics() }, ([only]) => {
    only?.retry("first");
    only?.ack();
    return Promise.resolve();
  });
  expect(message.settled).toEqual({ kind: "retry", delaySeconds: 5 });
  expect(logs.lines).toMatchObject([{ outcome: "retried", reason: "first" }]);
});

test("consumeQueue logs one line for all that is done, and one for each message that is not, with the ids of the request that caused it", async () => {
  const event = orderEvent();
  const messages = [fakeMessage(event, { id: "m1", attempts: 2 }), fakeMessage("junk", { id: "m2" }), fakeMessage(1), fakeMessage(2)];
  await consumeQueue(
    fakeBatch("order-events", messages),
    { service: "orders", metrics: fakeMetrics(), now: steppingClock() },
    ([first, second, ...others]) => {
      expect([first?.context, second?.context]).toEqual([{ requestId: "request-1", correlationId: "correlation-1" }, undefined]);
      first?.retry("not now");
      second?.dead("never");
      for (const other of others) other.ack();
      return Promise.resolve();
    },
  );
  const common = { service: "orders", queue: "order-events", time: expect.any(String) as string };
  expect(logs.lines).toEqual([
    { ...common, level: "info", message: "Queue messages acked", request_id: null, correlation_id: null, messages: 2, duration_ms: 500 },
    {
      ...common,
      level: "warn",
      message: "Queue message retried",
      outcome: "retried",
      reason: "not now",
      request_id: "request-1",
      correlation_id: "correlation-1",
      event_id: event.id,
      event_type: event.type,
      subject: event.subject,
      message_id: "m1",
      attempts: 2,
      duration_ms: 100,
    },
    {
      ...common,
      level: "error",
      message: "Queue message dead",
      outcome: "dead",
      reason: "never",
      request_id: null,
      correlation_id: null,
      message_id: "m2",
      attempts: 1,
      duration_ms: 200,
    },
  ]);
});

test("consumeQueue handles a large batch in portions of whole messages, and one portion's failure is not the next one's", async () => {
  const messages = Array.from({ length: 11 }, (_, index) => fakeMessage(Array.from({ length: 40 }, (_event, event) => [index, event])));
  const portions: number[] = [];
  await consumeQueue(fakeBatch("q", messages), { service: "orders", metrics: fakeMetrics() }, (events) => {
    portions.push(events.length);
    if (portions.length === 1) throw new Error("no database");
    for (const event of events) event.ack();
    return Promise.resolve();
  });
  expect(portions).toEqual([200, 200, 40]);
  const retry = { kind: "retry", delaySeconds: 5 };
  expect(messages.map(({ settled }) => settled)).toEqual([...Array<unknown>(5).fill(retry), ...Array<unknown>(6).fill(ack)]);
});

test("consumeQueue handles few events at once when they are large", async () => {
  const messages = Array.from({ length: 40 }, () => fakeMessage(JSON.stringify(["x".repeat(60_000), "x".repeat(60_000)])));
  const portions: number[] = [];
  await consumeQueue(fakeBatch("q", messages), { service: "orders", metrics: fakeMetrics() }, (events) => {
    portions.push(events.length);
    return Promise.resolve();
  });
  expect(portions).toEqual([34, 34, 12]);
});

test("consumeQueue reads the events of a message when its portion's turn has come, and keeps a message in one portion", async () => {
  const [read, handled]: [number[], (readonly number[])[]] = [[], []];
  const messages = [150, 100, 1].map((events, index) => {
    const message = fakeMessage(null);
    const body = (): unknown => (read.push(index), JSON.stringify(Array(events).fill(index)));
    return Object.defineProperty(message, "body", { get: body });
  });
  await consumeQueue(fakeBatch("q", messages), { service: "orders", metrics: fakeMetrics() }, (events) => {
    handled.push([events.length, ...read]);
    for (const event of events) event.ack();
    return Promise.resolve();
  });
  expect(handled).toEqual([
    [250, 0, 1],
    [1, 0, 1, 2],
  ]);
});

describe("consumeQueue: a message of several events", () => {
  const consume = (body: unknown, handle: MessagesHandler) => {
    const message = fakeMessage(body, { id: "m", attempts: 2 });
    const metrics = fakeMetrics();
    const done = consumeQueue(fakeBatch("q", [message]), { service: "orders", metrics }, handle);
    return done.then(() => ({ settled: message.settled, metrics }));
  };

  it("is handled event by event, and acknowledged when each of them is done or given up", async () => {
    const { settled, metrics } = await consume(["a", "b"], (messages) => {
      expect(messages.map(({ id, body, attempts }) => [id, body, attempts])).toEqual([
        ["m/1", "a", 2],
        ["m/2", "b", 2],
      ]);
      messages[0]?.ack();
      messages[1]?.dead("never");
      return Promise.resolve();
    });
    expect(settled).toEqual(ack);
    expect(metrics.counted).toMatchObject({
      "holdfast_queue_messages_total{queue=q,outcome=acked}": 1,
      "holdfast_queue_messages_total{queue=q,outcome=dead}": 1,
    });
  });

  it("is the same as text", async () => {
    const { settled } = await consume('[{"id":1},"b"]', (messages) => {
      expect(messages.map(({ id, body }) => [id, body])).toEqual([
        ["m/1", { id: 1 }],
        ["m/2", "b"],
      ]);
      for (const message of messages) message.ack();
      return Promise.resolve();
    });
    expect(settled).toEqual(ack);
  });

  it("does not come again for one of them: the outbox sends that one again, alone", async () => {
    const { settled } = await consume(["a", "b", "c"], (messages) => {
      messages[0]?.ack();
      messages[1]?.retry("not now");
      messages[2]?.ack();
      return Promise.resolve();
    });
    expect(settled).toEqual(ack);
  });

  it("comes again as a whole when the handler fails", async () => {
    const { settled } = await consume(["a", "b"], () => {
      throw new Error("no database");
    });
    expect(settled).toEqual({ kind: "retry", delaySeconds: 10 });
  });

  it("that is an empty list is a message like any other", async () => {
    const { settled } = await consume([], (messages) => {
      expect(messages.map(({ id, body }) => [id, body])).toEqual([["m", []]]);
      messages[0]?.dead("not an event");
      return Promise.resolve();
    });
    expect(settled).toEqual(ack);
  });
});

test("retryDelaySeconds doubles from 5 s and stays at 300 s", () => {
  expect([0, 1, 2, 3, 6, 7, 100].map(retryDelaySeconds)).toEqual([5, 5, 10, 20, 160, 300, 300]);
});
