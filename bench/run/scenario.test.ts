import { describe, expect, it } from "vitest";
import { describeScenario, planScenarios, type ScenarioChoice } from "./scenario.ts";

const choice = (overrides: Partial<ScenarioChoice> = {}): ScenarioChoice => ({
  clients: [1, 32],
  skus: [100, 1],
  shards: [],
  openRates: [],
  openConnections: 8,
  quick: false,
  ...overrides,
});
const described = (overrides: Partial<ScenarioChoice>): string[] => planScenarios(choice(overrides)).map(describeScenario);

describe("planScenarios", () => {
  it("every number of clients over every number of SKUs", () => {
    expect(described({})).toEqual(["1 client, 100 SKUs", "32 clients, 100 SKUs", "1 client, 1 hot SKU", "32 clients, 1 hot SKU"]);
  });

  it("quick leaves out one client on the hot SKU, unless nothing else was asked for", () => {
    expect(described({ quick: true })).toEqual(["1 client, 100 SKUs", "32 clients, 100 SKUs", "32 clients, 1 hot SKU"]);
    expect(described({ quick: true, clients: [1], skus: [1] })).toEqual(["1 client, 1 hot SKU"]);
  });

  it("open loops go to the many SKUs", () => {
    expect(described({ clients: [1], openRates: [100, 500] }).slice(2)).toEqual([
      "open loop, 100/s, 100 SKUs",
      "open loop, 500/s, 100 SKUs",
    ]);
  });

  it("shards are of one hot SKU, and one shard is not measured twice", () => {
    expect(described({ clients: [32], shards: [1, 4] })).toEqual([
      "32 clients, 100 SKUs",
      "32 clients, 1 hot SKU",
      "32 clients, 1 hot SKU, 4 shards",
    ]);
    expect(described({ clients: [8], skus: [100], shards: [1, 4] }).slice(1)).toEqual([
      "8 clients, 1 hot SKU",
      "8 clients, 1 hot SKU, 4 shards",
    ]);
  });
});
