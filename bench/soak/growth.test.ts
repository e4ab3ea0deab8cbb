import { describe, expect, it } from "vitest";
import { allowedKbPerOrder, measureGrowth, type MemorySample } from "./growth.ts";

/** A sample every 10 s for an hour. */
const hour = (bytesAt: (atS: number) => number): MemorySample[] =>
  Array.from({ length: 361 }, (_, index) => ({ atS: index * 10, bytes: bytesAt(index * 10) }));
const mb = 2 ** 20;

describe("measureGrowth", () => {
  it("a leak of 2 KB for each order is found as that", () => {
    const growth = measureGrowth(
      hour((atS) => 300 * mb + atS * 100 * 2_048),
      100,
    );
    expect(growth?.kbPerOrder).toBeCloseTo(2, 6);
    expect(growth?.mbPerHour).toBeCloseTo((2_048 * 100 * 3_600) / mb, 6);
  });

  it("what grows in the first third only is warm-up", () => {
    const growth = measureGrowth(
      hour((atS) => Math.min(atS, 1_199) * mb),
      100,
    );
    expect(growth?.kbPerOrder).toBeCloseTo(0, 6);
  });

  it("a heap that is collected again and again does not grow", () => {
    const growth = measureGrowth(
      hour((atS) => (300 + ((atS / 10) % 7) * 10) * mb),
      100,
    );
    expect(Math.abs(growth?.kbPerOrder ?? Number.NaN)).toBeLessThan(0.02);
    expect(growth).toMatchObject({ maxMb: 360 });
  });

  it("two samples are no line", () => {
    expect(measureGrowth(hour(() => 0).slice(0, 2), 100)).toBeUndefined();
  });
});

describe("allowedKbPerOrder", () => {
  it("the noise is spread over the orders after the warm-up: an hour sees far less than a minute", () => {
    const bound = { kbPerOrder: 0.5, noiseMb: 64 };
    expect(allowedKbPerOrder(bound, { ordersPerS: 150, lastS: 3_600 })).toBeCloseTo(0.5 + 65_536 / 360_000, 6);
    expect(allowedKbPerOrder(bound, { ordersPerS: 150, lastS: 60 })).toBeCloseTo(0.5 + 65_536 / 6_000, 6);
  });
});
