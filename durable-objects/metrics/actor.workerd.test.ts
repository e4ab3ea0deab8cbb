import {
  abortAllDurableObjects,
  createExecutionContext,
  evictDurableObject,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { createMetrics } from "../../shared/platform/metrics.ts";
import type { MetricsActor } from "./actor.ts";
import { analyticsPoint } from "./analytics.ts";

const { METRICS_ACTOR: namespace } = env as unknown as { METRICS_ACTOR: DurableObjectNamespace<MetricsActor> };
const actor = (name: string) => namespace.get(namespace.idFromName(name));
const orders = (value: number): MetricPoint => ({
  type: "counter",
  name: "holdfast_orders_total",
  labels: { outcome: "confirmed" },
  value,
});
const inFlight = (value: number): MetricPoint => ({
  type: "gauge",
  name: "http_requests_in_flight",
  labels: { service: "gateway" },
  value,
});
const duration: MetricPoint = {
  type: "histogram",
  name: "holdfast_order_duration_seconds",
  labels: {},
  buckets: new Array<number>(17).fill(1),
  sum: 4.5,
};
const flush = (source: string, sequence: number, ...points: MetricPoint[]) => ({ source, service: "gateway", sequence, points });

/** The values of the series that start with a text, as `/metrics` shows them. */
async function readSeries(stub: DurableObjectStub<MetricsActor>, start: string): Promise<number[]> {
  const lines = (await stub.render()).split("\n").filter((line) => line.startsWith(start));
  return lines.map((line) => Number(line.split(" ").at(-1)));
}

const rowCounts = (stub: DurableObjectStub<MetricsActor>) =>
  runInDurableObject(stub, (_instance, state) =>
    state.storage.sql.exec("SELECT (SELECT count(*) FROM samples) AS samples, (SELECT count(*) FROM sources) AS sources").one(),
  );

const storedOrders = (stub: DurableObjectStub<MetricsActor>) =>
  runInDurableObject(
    stub,
    (_instance, state) =>
      state.storage.sql.exec<{ value: number }>("SELECT value FROM samples WHERE name = 'holdfast_orders_total'").one().value,
  );

/** Gives the running actor another Analytics Engine. */
const replaceDataset = (stub: DurableObjectStub<MetricsActor>, writeDataPoint: () => void) =>
  runInDurableObject(stub, (instance) => void Reflect.set(instance, "env", { METRICS_DATASET: { writeDataPoint } }));

afterEach(() => vi.restoreAllMocks());

describe("MetricsActor.record", () => {
  it("counts a repeated flush once, in storage as well", async () => {
    const stub = actor("repeats");
    for (let time = 0; time < 3; time += 1) await stub.record(flush("a", 1, orders(2), duration));
    expect(await readSeries(stub, "holdfast_orders_total{")).toEqual([2]);
    expect(await rowCounts(stub)).toEqual({ samples: 2, sources: 1 });
  });

  it("adds up flushes that come at the same moment from many isolates, repeats among them", async () => {
    const stub = actor("many isolates");
    const flushes = Array.from({ length: 60 }, (_, index) =>
      flush(`isolate-${index % 20}`, 1 + Math.floor(index / 20), orders(1), inFlight(2), duration),
    );
    await Promise.all([...flushes, ...flushes].map((each) => stub.record(each)));
    expect(await readSeries(stub, "holdfast_orders_total{")).toEqual([60]);
    expect(await readSeries(stub, "http_requests_in_flight{")).toEqual([40]);
    expect(await readSeries(stub, "holdfast_order_duration_seconds_count")).toEqual([60 * 17]);
  });

  it("has stored what it acknowledged to a quiet deployment, so that a crash loses none of it", async () => {
    await actor("crash").record(flush("a", 1, orders(2), inFlight(3), duration));
    await abortAllDurableObjects();
    const restarted = actor("crash");
    expect(await readSeries(restarted, "holdfast_orders_total{")).toEqual([2]);
    await restarted.record(flush("a", 1, orders(2)));
    expect(await readSeries(restarted, "holdfast_orders_total{")).toEqual([2]);
  });

  it("joins the writes of a busy second, and an eviction loses none of them", async () => {
    // The second lasts until the test says that it is over.
    const second = Promise.withResolvers<undefined>();
    vi.spyOn(scheduler, "wait").mockReturnValue(second.promise);
    const stub = actor("busy");
    for (let sequence = 1; sequence <= 20; sequence += 1) await stub.record(flush("a", sequence, orders(1), inFlight(sequence), duration));
    expect(await storedOrders(stub)).toBe(1);
    second.resolve(undefined);
    await evictDurableObject(stub);
    expect(await storedOrders(stub)).toBe(20);
    expect(await readSeries(stub, "holdfast_orders_total{")).toEqual([20]);
    expect(await readSeries(stub, "http_requests_in_flight{")).toEqual([20]);
    expect(await readSeries(stub, "holdfast_order_duration_seconds_sum")).toEqual([90]);
    await stub.record(flush("a", 20, orders(1)));
    expect(await readSeries(stub, "holdfast_orders_total{")).toEqual([20]);
  });

  it("writes the same points to Analytics Engine, a repeat's not again", async () => {
    const stub = actor("analytics");
    const writeDataPoint = vi.fn();
    await replaceDataset(stub, writeDataPoint);
    for (let time = 0; time < 2; time += 1) await stub.record(flush("a", 1, orders(2), duration));
    expect(writeDataPoint.mock.calls).toEqual([[analyticsPoint(orders(2), "gateway")], [analyticsPoint(duration, "gateway")]]);
  });

  it("counts on when Analytics Engine refuses, and says so", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const stub = actor("analytics down");
    await replaceDataset(stub, () => {
      throw new Error("too many points");
    });
    await stub.record(flush("a", 1, orders(2)));
    expect(await readSeries(stub, "holdfast_orders_total{")).toEqual([2]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("too many points"));
  });

  it("takes what createMetrics flushes after a request", async () => {
    const metrics = createMetrics({ actor: namespace, service: "gateway", wait: () => Promise.resolve() });
    const ctx = createExecutionContext();
    metrics.count("holdfast_notifications_total", { kind: "order_confirmed", outcome: "sent" });
    metrics.scheduleFlush(ctx);
    await waitOnExecutionContext(ctx);
    expect(await readSeries(actor("metrics"), 'holdfast_notifications_total{kind="order_confirmed"')).toEqual([1]);
  });
});
