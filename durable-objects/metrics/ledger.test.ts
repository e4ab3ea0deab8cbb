import { describe, expect, it } from "vitest";
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { MetricLedger, SOURCE_LIFE_MS } from "./ledger.ts";

const START_MS = 1_800_000_000_000;
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
const outboxAge = (value: number): MetricPoint => ({
  type: "gauge",
  name: "holdfast_outbox_oldest_age_seconds",
  labels: { service: "orders" },
  value,
});
const orderDuration = (bucket: number, sum: number): MetricPoint => {
  const buckets = new Array<number>(17).fill(0).with(bucket, 1);
  return { type: "histogram", name: "holdfast_order_duration_seconds", labels: {}, buckets, sum };
};
const flush = (source: string, sequence: number, ...points: MetricPoint[]) => ({ source, service: "gateway", sequence, points });
const makeLedger = () => new MetricLedger({ samples: [], sources: [] });

describe("MetricLedger.record", () => {
  it("adds counters and histograms of all isolates", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, orders(2), orderDuration(0, 0.001)), START_MS);
    ledger.record(flush("b", 1, orders(3), orderDuration(16, 5_000)), START_MS);
    const buckets = new Array<number>(17).fill(0).with(0, 1).with(16, 1);
    expect(ledger.points(START_MS)).toEqual([orders(5), { ...orderDuration(0, 0), buckets, sum: 5_000.001 }]);
  });

  it("changes nothing for a number of the same isolate that it has seen", () => {
    const ledger = makeLedger();
    expect(ledger.record(flush("a", 1, orders(2)), START_MS)).toBe(true);
    expect(ledger.record(flush("a", 2, orders(2)), START_MS)).toBe(true);
    ledger.markStored();
    expect([1, 2].map((sequence) => ledger.record(flush("a", sequence, orders(2), inFlight(9)), START_MS))).toEqual([false, false]);
    expect(ledger.points(START_MS)).toEqual([orders(4)]);
    expect(ledger.hasChanges).toBe(false);
  });

  it("does not keep what it was given: the caller's arrays stay as they were", () => {
    const ledger = makeLedger();
    const point = orderDuration(0, 1);
    ledger.record(flush("a", 1, point), START_MS);
    ledger.record(flush("a", 2, point), START_MS);
    expect(point).toEqual(orderDuration(0, 1));
  });

  it.each<[string, MetricPoint]>([
    ["of a metric that is not declared", { ...orders(1), name: "made_up_total" }],
    ["of an inherited name", { ...orders(1), name: "constructor" }],
    ["of another type", { ...inFlight(1), name: "holdfast_orders_total", labels: { outcome: "confirmed" } }],
    ["with a label too many", { ...orders(1), labels: { outcome: "confirmed", sku: "PROD-1" } }],
    ["without a label", { ...orders(1), labels: {} }],
    ["with other buckets", { ...orderDuration(0, 1), buckets: [1] } as MetricPoint],
    ["that would make a counter fall", orders(-1)],
    ["that is not a number", orders(Number.NaN)],
  ])("counts a point %s as dropped and keeps the others", (_what, wrong) => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, wrong, orders(1)), START_MS);
    expect(ledger.points(START_MS).sort((left, right) => left.name.localeCompare(right.name))).toEqual([
      { type: "counter", name: "holdfast_metrics_dropped_total", labels: { service: "gateway" }, value: 1 },
      orders(1),
    ]);
  });

  it("keeps a bounded number of series of a metric", () => {
    const ledger = makeLedger();
    const many = Array.from({ length: 2_100 }, (_, index): MetricPoint => ({ ...orders(1), labels: { outcome: `o${index}` } }));
    ledger.record(flush("a", 1, ...many), START_MS);
    const points = ledger.points(START_MS);
    expect(points.filter((point) => point.name === "holdfast_orders_total")).toHaveLength(2_000);
    expect(points.at(-1)).toMatchObject({ name: "holdfast_metrics_dropped_total", value: 100 });
  });
});

describe("MetricLedger.points", () => {
  it("combines each isolate's last value of a gauge, as declared", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, inFlight(7), outboxAge(3)), START_MS);
    ledger.record(flush("a", 2, inFlight(2)), START_MS);
    ledger.record(flush("b", 1, inFlight(4), outboxAge(30)), START_MS);
    expect(ledger.points(START_MS)).toEqual([inFlight(6), outboxAge(30)]);
  });

  it("leaves out what an isolate said too long ago", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, inFlight(2)), START_MS);
    ledger.record(flush("b", 1, inFlight(4)), START_MS + 30_000);
    expect(ledger.points(START_MS + 59_999)).toEqual([inFlight(6)]);
    expect(ledger.points(START_MS + 60_000)).toEqual([inFlight(4)]);
    expect(ledger.points(START_MS + 90_000)).toEqual([]);
  });
});

describe("MetricLedger.changes", () => {
  it("are all that a new ledger needs to go on", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 4, orders(2), inFlight(3), orderDuration(2, 0.004)), START_MS);
    const restored = new MetricLedger(structuredClone(ledger.changes()));
    expect(restored.points(START_MS)).toEqual(ledger.points(START_MS));
    expect(restored.record(flush("a", 4, orders(2)), START_MS)).toBe(false);
    expect(restored.record(flush("a", 5, orders(2)), START_MS)).toBe(true);
    expect(restored.points(START_MS)).toContainEqual(orders(4));
  });

  it("are only what was recorded since the last time", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, orders(2), inFlight(1)), START_MS);
    ledger.markStored();
    ledger.record(flush("b", 1, orders(1)), START_MS);
    expect(ledger.changes()).toMatchObject({ samples: [{ name: "holdfast_orders_total", value: 3 }], sources: [{ source: "b" }] });
  });

  it("of a metric whose buckets are others now are not taken up again", () => {
    const old = { name: "holdfast_order_duration_seconds", labels: {}, source: "", value: 1, buckets: [1, 2], atMs: START_MS };
    expect(new MetricLedger({ samples: [old], sources: [] }).points(START_MS)).toEqual([]);
  });
});

describe("MetricLedger.prune", () => {
  it("forgets stale gauges, then silent isolates, never a sum", () => {
    const ledger = makeLedger();
    ledger.record(flush("a", 1, orders(2), inFlight(3)), START_MS);
    expect(ledger.prune(START_MS + 59_999)).toEqual({ samples: [], sources: [] });
    expect(ledger.prune(START_MS + 60_000)).toMatchObject({ samples: [{ name: "http_requests_in_flight" }], sources: [] });
    expect(ledger.prune(START_MS + SOURCE_LIFE_MS)).toMatchObject({ samples: [], sources: [{ source: "a" }] });
    expect(ledger.points(START_MS)).toEqual([orders(2)]);
  });
});
