/** Many seeds, one after the other, and what they met in all. */
import { seededRandom } from "../shared/random.ts";
import { randomFaults } from "./faults.ts";
import { randomPlan } from "./random-plan.ts";
import { simulate } from "./simulation.ts";

export interface SeedTotals {
  seeds: number;
  orders: number;
  virtualMs: number;
  commits: number;
  /** What has happened, with how often. */
  readonly met: Map<string, number>;
}

export const noTotals = (): SeedTotals => ({ seeds: 0, orders: 0, virtualMs: 0, commits: 0, met: new Map() });

/** Runs the seeds from `first`; `onSeed` hears of each. @throws Error that names the seed that failed; it replays alone. */
export async function proveSeeds(
  { first, count }: { readonly first: number; readonly count: number },
  onSeed: () => void = () => undefined,
): Promise<SeedTotals> {
  const totals = noTotals();
  for (let seed = first; seed < first + count; seed += 1) {
    await proveSeed(seed, totals);
    onSeed();
  }
  return totals;
}

async function proveSeed(seed: number, totals: SeedTotals): Promise<void> {
  const random = seededRandom(seed);
  const plan = randomPlan(random.fork("plan"));
  const chance = random.fork("faults");
  const faults = randomFaults(() => chance.next(), random.next() * (plan.weather ?? 1));
  try {
    const { met, virtualMs, commits } = await simulate(plan, { random: random.fork("run"), faults });
    totals.seeds += 1;
    totals.orders += plan.orders.length;
    totals.virtualMs += virtualMs;
    totals.commits += commits;
    addMet(totals.met, met);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export function addMet(sum: Map<string, number>, met: ReadonlyMap<string, number>): void {
  for (const [what, times] of met) sum.set(what, (sum.get(what) ?? 0) + times);
}

const calls = ["reserve", "release", "restock", "commit", "borrow", "settle", "charge", "look-up", "void", "refund", "send"];
const asked = ["place", "place together", "change"];

/** "Sometimes": what must have happened at least once in a thousand seeds, or the proof proves less than it says. */
export const sometimes: readonly string[] = [
  ...[...calls, ...asked].flatMap((what) => [`request lost: ${what}`, `reply lost: ${what}`, `slow: ${what}`, `twice: ${what}`]),
  ...calls.map((what) => `crash before call: ${what}`),
  ...["order", "stock"].flatMap((kind) => [`crash before commit: ${kind}`, `commit refused: ${kind}`, `crash after commit: ${kind}`]),
  ...["crash of the process", "message lost", "message doubled", "message late", "acknowledgement lost"],
  ...["confirmed", "fulfilled", "cancelled", "refunded"].map((status) => `end: ${status}`),
  ...["out_of_stock", "payment_declined", "inventory_unavailable", "payment_unavailable"].map((code) => `end: failed (${code})`),
  ...["cancel", "pay", "refund", "fulfil", "return"].map((kind) => `${kind}: done`),
  ...["order_fulfilled", "order_not_cancellable", "order_not_payable", "payment_in_progress"].map((code) =>
    code.startsWith("order_not_p") || code.startsWith("payment") ? `pay: ${code}` : `cancel: ${code}`,
  ),
  ...["expire_hold ok", "void_payment ok", "void_payment unknown", "refund_payment refused", "refund_payment unknown"].map(
    (step) => `step: ${step}`,
  ),
  ...["void_payment voided", "void_payment captured", "look_up_payment captured"].map((money) => `money: ${money}`),
  ...["leader gone", "joined: answered", "joined: told begun", "joined: told nothing", "joined: asked again"],
  ...["takes time: charge", "processing: look-up"],
  "change: between a commit and its being heard of",
  ...["", "not "].map((what) => `first event again, order ${what}changed`),
  ...["held", "out_of_stock"].map((what) => `split: ${what} at a shard`),
  ...["refund: order_not_paid", "refund: refund_too_large", "fulfil: order_not_fulfillable", "return: quantity_not_available"],
];

/** Those of `sometimes` that never happened. */
export const missing = ({ met }: SeedTotals): readonly string[] => sometimes.filter((what) => !met.has(what));
