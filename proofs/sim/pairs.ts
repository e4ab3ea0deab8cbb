/**
 * Every pair of crash points: the same order's journey, once for each way to choose two of the moments at which a process
 * may die (before and after each commit, of the order's actor and of the stock actors, before and after each call).
 */
import type { OrderChange } from "../../shared/contracts/rpc.ts";
import { seededRandom } from "../shared/random.ts";
import type { OrderPlan } from "./client.ts";
import { plannedCrashes } from "./faults.ts";
import { simulate, type SimulationPlan } from "./simulation.ts";

const base: OrderPlan = {
  name: "0".repeat(32),
  items: [
    { sku: "A", quantity: 2 },
    { sku: "B", quantity: 1 },
  ],
  paymentMethod: "pm_card_visa",
  onDecline: "fail",
  holdMs: 900_000,
  placedAtMs: 0,
  changes: [],
};
/** An order that is asked of a shard, over however many the SKU is believed to be spread. */
const atShards = `${"0".repeat(31)}5`;
const operationId = "op";
const cancel: OrderChange = { kind: "cancel", operationId, reason: null };
const after = (change: OrderChange, early = false) => ({ afterMs: 10, early, change });
const waiting = { ...base, paymentMethod: "pm_card_declined", onDecline: "wait" } as const;
const shipAll: OrderChange = { kind: "fulfil", operationId, lines: null };
const one = [{ sku: "A", quantity: 1 }];

/** One journey for each way through the saga and what comes after it. */
export const journeys: Readonly<Record<string, OrderPlan>> = {
  confirmed: base,
  "nobody comes back": { ...base, leaves: true },
  declined: { ...base, paymentMethod: "pm_card_declined" },
  "out of stock": { ...base, items: [...base.items.slice(0, 1), { sku: "B", quantity: 9 }] },
  "unknown SKU": { ...base, items: [...base.items.slice(0, 1), { sku: "C", quantity: 1 }] },
  "waits, then another card": {
    ...waiting,
    changes: [{ ...after({ kind: "pay", operationId, paymentMethod: "pm_card_visa" }, true), afterMs: 200 }],
  },
  "waits until the hold ends": { ...waiting, holdMs: 5_000 },
  "cancelled while it waits": { ...waiting, changes: [{ ...after(cancel, true), afterMs: 200 }] },
  "cancelled under way": { ...base, changes: [after(cancel, true)] },
  "cancelled after the sale": { ...base, changes: [after(cancel)] },
  "refunded in part": { ...base, changes: [after({ kind: "refund", operationId, amountMinor: 300, reason: "broken" })] },
  "refunded whole": { ...base, changes: [after({ kind: "refund", operationId, amountMinor: null, reason: "broken" })] },
  "shipped and returned": {
    ...base,
    changes: [after(shipAll), after({ kind: "return", operationId: "op-2", lines: one, reason: null })],
  },
  "held at shards": { ...base, name: atShards },
  "out of stock at a shard": { ...base, name: atShards, items: [{ sku: "A", quantity: 9 }] },
};

/** Journeys of shops whose SKUs are split. */
const split: ReadonlySet<string> = new Set(["held at shards", "out of stock at a shard"]);
const spread = ["A", "B"].map((sku) => ({ atMs: 0, sku, shards: 4 }));

/**
 * What a journey may end as, whatever crashes on the way; a card that comes while the first is still open is refused, and a hold
 * that ends while the order is being taken up again is not charged any more.
 */
const ends: Readonly<Record<string, readonly string[]>> = {
  confirmed: ["confirmed"],
  "nobody comes back": ["confirmed"],
  declined: ["failed (payment_declined)"],
  "out of stock": ["failed (out_of_stock)"],
  "unknown SKU": ["failed (unknown_sku)"],
  "waits, then another card": ["confirmed", "failed (payment_declined)"],
  "waits until the hold ends": ["failed (payment_declined)", "failed (payment_unavailable)"],
  "cancelled while it waits": ["cancelled"],
  "cancelled under way": ["cancelled"],
  "cancelled after the sale": ["cancelled"],
  "refunded in part": ["confirmed"],
  "refunded whole": ["refunded"],
  "shipped and returned": ["fulfilled"],
  "held at shards": ["confirmed"],
  "out of stock at a shard": ["failed (out_of_stock)"],
};

export interface PairTotals {
  readonly journeys: number;
  readonly runs: number;
  readonly pairs: number;
}

export interface PairOptions {
  /** Every n-th pair, for a short form; 1, the default, is all of them. */
  readonly only?: number;
  /** Journeys, by name; all of them by default. */
  readonly on?: readonly string[];
}

/** @throws Error naming the journey and the two points. */
export async function proveEveryPair({ only = 1, on = Object.keys(journeys) }: PairOptions = {}): Promise<PairTotals> {
  let [runs, pairs] = [0, 0];
  for (const [journey, order] of Object.entries(journeys).filter(([name]) => on.includes(name))) {
    const run = async (at: readonly number[]): Promise<number> => {
      runs += 1;
      return crashAt(journey, order, at);
    };
    const points = await run([]);
    for (let first = 1; first <= points; first += 1) {
      const afterFirst = await run([first]);
      for (let second = first + 1; second <= afterFirst; second += 1) {
        pairs += 1;
        if (pairs % only === 0) await run([first, second]);
      }
    }
  }
  return { journeys: on.length, runs, pairs };
}

/** @returns How many crash points the run had. */
async function crashAt(journey: string, order: OrderPlan, at: readonly number[]): Promise<number> {
  const faults = plannedCrashes(at);
  const shards = split.has(journey) ? spread : [];
  const plan: SimulationPlan = { units: { A: 5, B: 5 }, shards, orders: [order], refusesRefunds: [], faultsLastMs: 30_000 };
  try {
    const { met } = await simulate(plan, { random: seededRandom(1), faults });
    const end = [...met.keys()].find((what) => what.startsWith("end: "))?.slice("end: ".length) ?? "nothing";
    if (ends[journey]?.includes(end) !== true) throw new Error(`it ended as ${end}`);
  } catch (error) {
    throw new Error(`${journey}, crashed at ${at.join(" and ") || "no point"}: ${String(error)}`, { cause: error });
  }
  return faults.points();
}
