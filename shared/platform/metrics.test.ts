import { describe, expect, it, vi } from "vitest";
import type { MetricsFlush } from "../contracts/rpc.ts";
import { createMetrics, flushAfterBatch, metricsOf } from "./metrics.ts";

type Answer = "ok" | "refused" | "reply lost" | "never";

/** A metrics actor whose answers are scripted, and a clock that moves only when the test says so. */
function makeWorld(script: Answer[] = []) {
  const received: MetricsFlush[] = [];
  const record = (flush: MetricsFlush): Promise<void> => {
    const answer = script.shift() ?? "ok";
    if (answer !== "refused") received.push(flush);
    if (answer === "never") return new Promise(() => {});
    return answer === "ok" ? Promise.resolve() : Promise.reject(new Error(answer));
  };
  const actor = { idFromName: (name: string) => name, get: (id: string) => ({ id, record }) } as unknown as DurableObjectNamespace;
  const clock = { nowMs: 5_000_000, timers: [] as { atMs: number; ring: () => void }[] };
  const wait = (ms: number) => new Promise<void>((ring) => clock.timers.push({ atMs: clock.nowMs + ms, ring }));
  const pending: Promise<unknown>[] = [];
  const metrics = createMetrics({ actor, service: "gateway", wait, now: () => clock.nowMs });
  return { received, clock, pending, metrics, ctx: { waitUntil: (promise: Promise<unknown>) => void pending.push(promise) } };
}

/** Moves the clock and runs what became due, until nothing more is. */
async function advance({ clock }: ReturnType<typeof makeWorld>, ms: number): Promise<void> {
  clock.nowMs += ms;
  for (let due = takeDue(clock); due.length > 0; due = takeDue(clock)) {
    for (const timer of due) timer.ring();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function takeDue(clock: ReturnType<typeof makeWorld>["clock"]) {
  const due = clock.timers.filter((timer) => timer.atMs <= clock.nowMs);
  clock.timers = clock.timers.filter((timer) => timer.atMs > clock.nowMs);
  return due;
}

const countOne = ({ metrics }: ReturnType<typeof makeWorld>) => metrics.count("holdfast_orders_total", { outcome: "confirmed" });
/** What an actor that drops repeats has counted. */
function countedBy(flushes: readonly MetricsFlush[]): number {
  const bySequence = new Map(flushes.map((flush) => [`${flush.source} ${flush.sequence}`, flush]));
  return [...bySequence.values()]
    .flatMap((flush) => flush.points)
    .reduce((sum, point) => sum + (point.type === "counter" ? point.value : 0), 0);
}

describe("scheduleFlush", () => {
  it("makes one flush of all requests of a second", async () => {
    const world = makeWorld();
    for (let request = 0; request < 10; request += 1) {
      countOne(world);
      world.metrics.scheduleFlush(world.ctx);
    }
    expect(world.pending).toHaveLength(1);
    await advance(world, 999);
    expect(world.received).toEqual([]);
    await advance(world, 1);
    const points = [{ type: "counter", name: "holdfast_orders_total", labels: { outcome: "confirmed" }, value: 10 }];
    expect(world.received).toEqual([{ source: expect.any(String) as string, service: "gateway", sequence: 1, points }]);
    await Promise.all(world.pending);
  });

  it("after a queue batch sends at once: the queue waits for what the handler left running", async () => {
    const world = makeWorld();
    countOne(world);
    flushAfterBatch(world.metrics, world.ctx);
    await Promise.all(world.pending);
    expect(world.received).toHaveLength(1);
  });

  it("asks nothing of the actor when nothing was counted", () => {
    const world = makeWorld();
    world.metrics.scheduleFlush(world.ctx);
    expect(world.pending).toEqual([]);
  });

  it("schedules again for what is counted after a flush, with the next number", async () => {
    const world = makeWorld();
    for (let round = 1; round <= 2; round += 1) {
      countOne(world);
      world.metrics.scheduleFlush(world.ctx);
      await advance(world, 1_000);
    }
    expect(world.received.map((flush) => flush.sequence)).toEqual([1, 2]);
    expect(new Set(world.received.map((flush) => flush.source)).size).toBe(1);
  });

  it.each(["refused", "reply lost"] as const)("counts once what was first %s", async (answer) => {
    const world = makeWorld([answer, answer]);
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    await advance(world, 1_000);
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    expect(world.pending).toHaveLength(1);
    await advance(world, 2_000);
    await advance(world, 4_000);
    await Promise.all(world.pending);
    expect(countedBy(world.received)).toBe(2);
  });

  it("keeps what three tries could not send, says so, and sends it with the next request", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const world = makeWorld(["refused", "refused", "refused"]);
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    for (const ms of [1_000, 2_000, 4_000]) await advance(world, ms);
    await Promise.all(world.pending);
    expect(world.received).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining("could not be flushed")]]);
    world.metrics.scheduleFlush(world.ctx);
    await advance(world, 1_000);
    expect(countedBy(world.received)).toBe(1);
    warn.mockRestore();
  });

  it("is taken over by a later request when the one that was sending never came back", async () => {
    const world = makeWorld(["never"]);
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    await advance(world, 1_000);
    expect(world.received).toHaveLength(1);
    await advance(world, 5_000);
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    await advance(world, 1_000);
    expect(world.received.map((flush) => flush.sequence)).toEqual([1, 1, 2]);
    expect(countedBy(world.received)).toBe(2);
  });

  it("is taken over when the request that waited was cancelled", async () => {
    const world = makeWorld();
    countOne(world);
    world.metrics.scheduleFlush(world.ctx);
    world.clock.timers = [];
    await advance(world, 6_000);
    world.metrics.scheduleFlush(world.ctx);
    await advance(world, 1_000);
    expect(countedBy(world.received)).toBe(1);
  });
});

describe("flush", () => {
  it("sends at once, in flushes of at most 250 points", async () => {
    const world = makeWorld();
    for (let index = 0; index < 130; index += 1) {
      world.metrics.count("holdfast_orders_total", { outcome: `o${index}` });
      world.metrics.count("holdfast_outbox_sent_total", { destination: `d${index}` });
    }
    await world.metrics.flush();
    expect(world.received.map((flush) => [flush.sequence, flush.points.length])).toEqual([
      [1, 250],
      [2, 10],
    ]);
  });

  it("rejects when the actor does, and the next one sends the same again before what is newer", async () => {
    const world = makeWorld(["reply lost"]);
    countOne(world);
    await expect(world.metrics.flush()).rejects.toThrow("reply lost");
    countOne(world);
    await world.metrics.flush();
    expect(world.received.map((flush) => flush.sequence)).toEqual([1, 1, 2]);
    expect(world.received[0]).toEqual(world.received[1]);
  });

  it("does not wait for another request's flush", async () => {
    const world = makeWorld(["never"]);
    countOne(world);
    void world.metrics.flush();
    countOne(world);
    await world.metrics.flush();
    expect(world.received).toHaveLength(1);
  });
});

describe("metricsOf", () => {
  it("gives everyone in an isolate the same metrics of a service", () => {
    const env = { METRICS_ACTOR: {} as DurableObjectNamespace };
    expect(metricsOf(env, "orders")).toBe(metricsOf(env, "orders"));
    expect(metricsOf(env, "orders")).not.toBe(metricsOf(env, "inventory"));
  });
});

describe("the declared metrics", () => {
  it("are the only ones that compile", () => {
    const { metrics } = makeWorld();
    // @ts-expect-error not declared
    expect(() => metrics.count("orders_total", {})).toThrow();
    // @ts-expect-error a label that the metric does not have
    metrics.count("holdfast_orders_total", { outcome: "confirmed", sku: "PROD-1" });
    // @ts-expect-error a label is missing
    metrics.count("holdfast_saga_steps_total", { step: "charge" });
    // @ts-expect-error a histogram is not counted
    metrics.count("holdfast_order_duration_seconds", {});
  });
});
