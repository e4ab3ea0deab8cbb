import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { capacities } from "./capacity.ts";
import { auditJob } from "./limits.ts";
import { smallCounts } from "./testing/small-counts.ts";

const met = (what: string): unknown => capacities(smallCounts).find((capacity) => capacity.what.startsWith(what))?.meets;

describe("capacities", () => {
  test("a limit of a rate is met where the orders come to it", () => {
    // 1 request of the stock actor and 4 of the metrics actor an order, of 200; 2 and 1 messages, of 5,000.
    expect(met("The stock actor")).toEqual({ rate: 200 });
    expect(met("The metrics actor")).toEqual({ rate: 50 });
    expect(met("The queue `order-events`")).toEqual({ rate: 2_500 });
    expect(met("The queue `notifications`")).toEqual({ rate: 5_000 });
    // 250 batches of half a second, of 50 orders each.
    expect(met("Consumers of one queue")).toEqual({ rate: 25_000 });
  });

  test("a limit of a volume is met after so many orders", () => {
    expect(met("The storage of one host")).toEqual({ orders: 2_500_000 });
    expect(met("The ledger of one SKU")).toEqual({ orders: 100_000_000 });
    expect(met("The audit's day")).toEqual({ orders: 1_440_000 });
    expect(met("Postgres")).toEqual({ orders: 8_000_000_000 });
  });

  test("stand in the order in which they are met", () => {
    const rates = capacities(smallCounts).map(({ meets }) => ("rate" in meets ? meets.rate : Infinity));
    expect(rates).toEqual(rates.toSorted((one, other) => one - other));
  });
});

test("the audit job's limits are those of workers/orders/audit-job.ts, and of audit-holds.ts", () => {
  const source = ["audit-job.ts", "audit-holds.ts"]
    .map((name) => readFileSync(join(import.meta.dirname, "../../workers/orders", name), "utf8"))
    .join("\n");
  const numbers = (pattern: RegExp): number => Number(pattern.exec(source)?.[1]?.replaceAll("_", ""));
  expect({
    recentOrders: numbers(/recent: ([\d_]+)/),
    partOrders: numbers(/part: ([\d_]+)/),
    skus: numbers(/skus: ([\d_]+)/),
    partsADay: numbers(/minutesADay = ([\d_]+)/),
    holdsOfALook: numbers(/fewHolds = ([\d_]+)/),
  }).toEqual(auditJob);
});
