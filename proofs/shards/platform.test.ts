import { describe, expect, it } from "vitest";
import { simulatePlatform, type PlatformPlan } from "./platform.ts";
import { capacityOf, endGameOf, quantile, renderTable } from "./platform-table.ts";

const common = { writesPerSecond: 300, readsPerSecond: 1_000, hopMs: 2, seconds: 3, paymentMs: 50, declinedPercent: 5, seed: 1 };
const plan: PlatformPlan = { ...common, shards: 4, ordersPerSecond: 400, units: 600 };

describe("simulatePlatform", () => {
  it("does the same again with the same seed, and something else with another", () => {
    expect(simulatePlatform(plan)).toEqual(simulatePlatform(plan));
    expect(simulatePlatform({ ...plan, seed: 2 }).heldMs).not.toEqual(simulatePlatform(plan).heldMs);
  });

  it("answers everybody, and sells what it has to those who come, wherever they ask", () => {
    const { held, refused, sold } = simulatePlatform({ ...plan, declinedPercent: 0 });
    expect([held, sold]).toEqual([600, 600]);
    expect(refused).toBeGreaterThan(400);
  });

  it("gives an object alone half the orders that it can write, for each is a hold and a sale", () => {
    expect(capacityOf({ ...common, shards: 1 }).ordersPerSecond).toBeCloseTo(150, -1);
  });

  it("gives more objects as many times more", () => {
    const one = capacityOf({ ...common, shards: 1 }).ordersPerSecond;
    const eight = capacityOf({ ...common, shards: 8 }).ordersPerSecond;
    expect(eight / one).toBeGreaterThan(7);
    expect(eight / one).toBeLessThan(8.5);
  });
});

it("renderTable has a row for each number of objects, and says what was asked", () => {
  const row = {
    shards: 2,
    capacity: capacityOf({ ...common, shards: 2 }),
    endGame: endGameOf({ ...common, shards: 2, ordersPerSecond: 100 }),
  };
  const table = renderTable([row], { ...common, rate: 100 });
  expect(table.split("\n").at(-1)).toMatch(/^\| 2 \| \d+ \| .* of 150 \|$/);
  expect(table).toContain("300 writes/s");
});

it("quantile takes the value below which that share lies", () => {
  expect([quantile([3, 1, 2], 0.5), quantile([1], 0.99), quantile([], 0.5)]).toEqual([2, 1, Number.NaN]);
});
