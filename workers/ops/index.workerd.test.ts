import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { metricsActor } from "../../shared/platform/metrics.ts";
import type { OpsEnv } from "./env.ts";
import ops from "./index.ts";

const opsEnv = { ...(env as unknown as OpsEnv), DATABASE_URL: "postgres://shop:secret@database.test/shop" };
const emptyResult = { fields: [], rows: [], command: "INSERT", rowCount: 1, rowAsArray: true };

/** Delivers one dead letter to the Worker and waits for its metrics to be flushed. */
async function deliver() {
  const message = { id: "message-1", timestamp: new Date(0), attempts: 6, body: { id: "event-1" } };
  const batch = createMessageBatch("order-events-dlq", [message]);
  const ctx = createExecutionContext();
  await ops.queue(batch, opsEnv, ctx);
  return getQueueResult(batch, ctx);
}

beforeEach(() => {
  vi.spyOn(scheduler, "wait").mockResolvedValue();
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

describe("the ops Worker's queue handler", () => {
  it("keeps a dead letter in Postgres, acknowledges it and counts it under the queue it was sent to", async () => {
    const fetch = vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(Response.json(emptyResult)));
    const { explicitAcks, retryMessages } = await deliver();
    expect({ explicitAcks, retryMessages }).toEqual({ explicitAcks: ["message-1"], retryMessages: [] });
    expect(fetch.mock.calls.map(([, init]) => JSON.stringify(init?.body))).toEqual([expect.stringContaining("dead_letters")]);
    const text = await metricsActor(opsEnv.METRICS_ACTOR).render();
    expect(text).toContain('holdfast_dead_letters_total{queue="order-events"} 1\n');
    expect(text).toContain('holdfast_queue_messages_total{queue="order-events-dlq",outcome="dead"} 1\n');
  });

  it("leaves it in its queue while Postgres is down", async () => {
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("connection refused"));
    const { explicitAcks, retryMessages } = await deliver();
    expect(explicitAcks).toEqual([]);
    expect(retryMessages).toMatchObject([{ msgId: "message-1" }]);
  });
});
