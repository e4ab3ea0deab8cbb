/** Holdfast beside the others, and the goals: at 32 clients over 100 SKUs, on one hot SKU, and one client's median. */
import type { SystemName } from "../system.ts";
import type { BenchResult } from "./bench-report.ts";

export interface Ratio {
  readonly name: string;
  /** Holdfast's figure by the other's. */
  readonly value: number;
  /** undefined: nothing was set. */
  readonly goal: string | undefined;
  /** undefined without a goal. */
  readonly isMet: boolean | undefined;
}

interface Goal {
  readonly clients: number;
  readonly hot: boolean;
  readonly other: SystemName;
  /** Only of the other's placements that keep durable records apart, or only of those that do not. Default: of all. */
  readonly records?: boolean;
  readonly figure: "orders_per_s" | "p50_ms";
  readonly limit: { readonly atLeast: number } | { readonly above: number } | { readonly below: number } | undefined;
}

const goals: readonly Goal[] = [
  { clients: 32, hot: false, other: "floor", records: false, figure: "orders_per_s", limit: { atLeast: 0.6 } },
  { clients: 32, hot: false, other: "floor", records: true, figure: "orders_per_s", limit: { atLeast: 0.6 } },
  { clients: 32, hot: false, other: "restate", figure: "orders_per_s", limit: { atLeast: 3 } },
  { clients: 32, hot: false, other: "dbos", figure: "orders_per_s", limit: { atLeast: 3 } },
  { clients: 32, hot: false, other: "postgres", figure: "orders_per_s", limit: { atLeast: 0.35 } },
  { clients: 32, hot: true, other: "floor", records: false, figure: "orders_per_s", limit: undefined },
  { clients: 32, hot: true, other: "floor", records: true, figure: "orders_per_s", limit: undefined },
  { clients: 32, hot: true, other: "restate", figure: "orders_per_s", limit: { atLeast: 8 } },
  { clients: 32, hot: true, other: "dbos", figure: "orders_per_s", limit: undefined },
  { clients: 32, hot: true, other: "postgres", figure: "orders_per_s", limit: { above: 1 } },
  { clients: 1, hot: false, other: "restate", figure: "p50_ms", limit: { below: 0.5 } },
];

/** Those whose two sides were both measured. The best placement of either counts, and is named. */
export function ratiosOf(results: readonly BenchResult[]): readonly Ratio[] {
  return goals.flatMap((goal) => ratioOf(results, goal) ?? []);
}

function ratioOf(results: readonly BenchResult[], goal: Goal): Ratio | undefined {
  const { other: name, records } = goal;
  const own = best(ofSystem(results, "holdfast"), goal);
  const other = best(
    ofSystem(results, name).filter((result) => records === undefined || records === keepsRecords(result)),
    goal,
  );
  if (own === undefined || other === undefined) return undefined;
  const value = own.value / other.value;
  const { goal: text, isMet } = judge(value, goal.limit);
  return { name: describeGoal(goal, { own: own.placement, other: other.placement, skus: own.skus }), value, goal: text, isMet };
}

const ofSystem = (results: readonly BenchResult[], name: SystemName): BenchResult[] => results.filter(({ system }) => system === name);

/** Only of records in another store than the one that answered can it be said how far they lag. */
const keepsRecords = ({ records_lag_orders }: BenchResult): boolean => records_lag_orders !== null;

interface Best {
  readonly placement: string;
  readonly value: number;
  readonly skus: number;
}

/** Not split into shards: that is a setting of its own, with lines of its own in the table. */
function best(results: readonly BenchResult[], { clients, hot, figure }: Goal): Best | undefined {
  const fitting = results
    .filter((result) => result.loop === "closed" && result.clients === clients && result.shards === 1)
    .filter(({ skus }) => (skus === 1) === hot)
    .flatMap(({ placement, skus, [figure]: value }) => (value === null ? [] : [{ placement, skus, value }]));
  const sign = figure === "p50_ms" ? 1 : -1;
  return fitting.sort((a, b) => sign * (a.value - b.value))[0];
}

function judge(value: number, limit: Goal["limit"]): { goal: string | undefined; isMet: boolean | undefined } {
  if (limit === undefined) return { goal: undefined, isMet: undefined };
  if ("atLeast" in limit) return { goal: `at least ${limit.atLeast}`, isMet: value >= limit.atLeast };
  if ("above" in limit) return { goal: `more than ${limit.above}`, isMet: value > limit.above };
  return { goal: `under ${limit.below}`, isMet: value < limit.below };
}

function describeGoal({ clients, figure, other: name }: Goal, { own, other, skus }: { own: string; other: string; skus: number }): string {
  const where = `${clients} ${clients === 1 ? "client" : "clients"}, ${skus === 1 ? "one hot SKU" : `${skus} SKUs`}`;
  return `${figure === "p50_ms" ? "median latency" : "orders/s"}, ${where}: holdfast (${own}) ÷ ${name} (${other})`;
}
