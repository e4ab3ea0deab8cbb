/** What is asked of the simulated platform, and the table made of it. */
import { simulatePlatform, type PlatformPlan, type PlatformResult } from "./platform.ts";

type Common = Omit<PlatformPlan, "ordersPerSecond" | "units">;

export interface Capacity {
  /** Orders held in a second when more come than can be. */
  readonly ordersPerSecond: number;
  /** At seven tenths of that, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface EndGame {
  readonly result: PlatformResult;
  readonly units: number;
}

export interface Row {
  readonly shards: number;
  readonly capacity: Capacity;
  readonly endGame: EndGame;
}

/** With more units than can be sold. */
export function capacityOf(common: Common): Capacity {
  const units = 100_000_000;
  // An order is two writes at the object that holds it: far more than that come.
  const offered = common.shards * common.writesPerSecond;
  const full = simulatePlatform({ ...common, ordersPerSecond: offered, units });
  // What was still waiting when the last order had come is done later: the rate is that of all the time it took.
  const ordersPerSecond = full.held / (full.doneMs / 1_000);
  const eased = simulatePlatform({ ...common, ordersPerSecond: 0.7 * ordersPerSecond, units });
  return { ordersPerSecond, p50Ms: quantile(eased.heldMs, 0.5), p99Ms: quantile(eased.heldMs, 0.99) };
}

/** Units for half of those who come. */
export function endGameOf(plan: Omit<PlatformPlan, "units">): EndGame {
  const units = Math.round((plan.ordersPerSecond * plan.seconds) / 2);
  return { units, result: simulatePlatform({ ...plan, units }) };
}

/** @param share 0 to 1. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function renderTable(rows: readonly Row[], { rate, ...common }: Omit<Common, "shards"> & { readonly rate: number }): string {
  const { writesPerSecond, readsPerSecond, hopMs, seconds, paymentMs, declinedPercent, seed } = common;
  const says =
    `One object: ${writesPerSecond} writes/s, ${readsPerSecond} reads/s; ${hopMs} ms for a message; ${declinedPercent}% of holds given back ` +
    `after ${paymentMs} ms, the others sold; ${seconds} s of orders, seed ${seed}. End game: ${rate} orders/s for half as many units.`;
  const header =
    "| objects | orders/s | p50, p99 at 70% | end game: held p50, p99 | refused p50, p99 | root busy before, after | borrows, collects | sold of |";
  const lines = rows.map(({ shards, capacity, endGame: { result, units } }) => {
    const cells = [
      String(shards),
      capacity.ordersPerSecond.toFixed(0),
      pair(capacity.p50Ms, capacity.p99Ms),
      pair(quantile(result.heldMs, 0.5), quantile(result.heldMs, 0.99)),
      pair(quantile(result.refusedMs, 0.5), quantile(result.refusedMs, 0.99)),
      result.rootBusy.map((share) => `${Math.round(100 * share)}%`).join(", "),
      `${result.borrows}, ${result.collects}`,
      `${result.sold} of ${units}`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [says, "", header, `|${" --- |".repeat(8)}`, ...lines].join("\n");
}

const pair = (one: number, other: number): string => `${milliseconds(one)}, ${milliseconds(other)}`;
const milliseconds = (ms: number): string =>
  Number.isNaN(ms) ? "none" : ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(0)} s`;
