import { describe, expect, it } from "vitest";
import { someResult } from "../testing/some-figures.ts";
import { ratiosOf } from "./ratios.ts";

const holdfast = someResult({ orders_per_s: 600, p50_ms: 2 });
const floor = someResult({ system: "floor", placement: "64 hosts", orders_per_s: 900, records_lag_orders: null });
const bestFloor = { ...floor, placement: "1 host, joined", orders_per_s: 1_000 };
const recordedFloor = { ...floor, placement: "1 host, joined, with records", orders_per_s: 800, records_lag_orders: 0 };

describe("ratiosOf", () => {
  it("divides by the best of the floor's shapes, and names it", () => {
    const [ratio] = ratiosOf([holdfast, floor, bestFloor]);
    expect(ratio).toMatchObject({ value: 0.6, goal: "at least 0.6", isMet: true });
    expect(ratio?.name).toContain("holdfast (4 hosts) ÷ floor (1 host, joined)");
  });

  it("the floor counts twice: its best shape without records, and its best with them", () => {
    const slower = { ...recordedFloor, placement: "2 hosts, with records", orders_per_s: 700 };
    const ratios = ratiosOf([holdfast, floor, recordedFloor, bestFloor, slower]);
    expect(ratios).toMatchObject([
      { value: 0.6, goal: "at least 0.6", isMet: true },
      { value: 0.75, goal: "at least 0.6", isMet: true },
    ]);
    expect(ratios.map(({ name }) => name.slice(name.indexOf("floor")))).toEqual([
      "floor (1 host, joined)",
      "floor (1 host, joined, with records)",
    ]);
    expect(ratiosOf([holdfast, recordedFloor])).toHaveLength(1);
  });

  it("a goal that is just missed is not met", () => {
    const [ratio] = ratiosOf([{ ...holdfast, orders_per_s: 599 }, bestFloor]);
    expect(ratio?.isMet).toBe(false);
  });

  it("more than the plain transaction on one hot SKU is more, and not as much", () => {
    const hot = (system: "holdfast" | "postgres", orders_per_s: number) => someResult({ system, skus: 1, orders_per_s });
    expect(ratiosOf([hot("holdfast", 100), hot("postgres", 100)])[0]).toMatchObject({ value: 1, isMet: false });
    expect(ratiosOf([hot("holdfast", 101), hot("postgres", 100)])[0]).toMatchObject({ isMet: true });
  });

  it("one client's median is better when it is lower", () => {
    const one = (system: "holdfast" | "restate", p50_ms: number) => someResult({ system, clients: 1, p50_ms });
    expect(ratiosOf([one("holdfast", 2), one("restate", 5)])[0]).toMatchObject({ value: 0.4, goal: "under 0.5", isMet: true });
    expect(ratiosOf([one("holdfast", 3), one("restate", 5)])[0]).toMatchObject({ isMet: false });
  });

  it("what was not measured in the same run has no ratio; shards and open loops are not compared", () => {
    expect(ratiosOf([holdfast])).toEqual([]);
    expect(ratiosOf([holdfast, { ...bestFloor, clients: 128 }])).toEqual([]);
    expect(ratiosOf([{ ...holdfast, loop: "open" }, bestFloor])).toEqual([]);
    expect(
      ratiosOf([
        { ...holdfast, skus: 1, shards: 4 },
        { ...bestFloor, skus: 1 },
      ]),
    ).toEqual([]);
  });
});
