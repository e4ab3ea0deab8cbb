import { expect, test } from "vitest";
import { captureLogs } from "../testing/captured-logs.ts";
import { orderEvent } from "../testing/events.ts";
import { fakeMetrics } from "../testing/fake-metrics.ts";
import { fakeBatch, fakeMessage } from "../testing/fake-queue.ts";
import { consumeQueue, retryDelaySeconds } from "./queue-consumer.ts";

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
  expect(logs.lines.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ["acked", undefined],
    ["retried", "TypeError: no database"],
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

test("consumeQueue logs one line for each message, with the ids of the request that caused it and the time it took", async () => {
  const event = orderEvent();
  const batch = fakeBatch("order-events", [fakeMessage(event, { id: "m1", attempts: 2 }), fakeMessage("junk", { id: "m2" })]);
  await consumeQueue(batch, { service: "orders", metrics: fakeMetrics(), now: steppingClock() }, (messages) => {
    expect(messages.map(({ context }) => context)).toEqual([{ requestId: "request-1", correlationId: "correlation-1" }, undefined]);
    for (const message of messages) message.ack();
    return Promise.resolve();
  });
  const common = { level: "info", service: "orders", queue: "order-events", outcome: "acked", message: "Queue message acked" };
  const ids = {
    request_id: "request-1",
    correlation_id: "correlation-1",
    event_id: event.id,
    event_type: event.type,
    subject: event.subject,
  };
  expect(logs.lines).toEqual([
    { ...common, ...ids, time: expect.any(String) as string, message_id: "m1", attempts: 2, duration_ms: 100 },
    {
      ...common,
      request_id: null,
      correlation_id: null,
      time: expect.any(String) as string,
      message_id: "m2",
      attempts: 1,
      duration_ms: 200,
    },
  ]);
});

test("retryDelaySeconds doubles from 5 s and stays at 300 s", () => {
  expect([0, 1, 2, 3, 6, 7, 100].map(retryDelaySeconds)).toEqual([5, 5, 10, 20, 160, 300, 300]);
});
