/** The parts of docs/SCALE.md that tell which limit is met when, and what is nowhere near. */
import { assumptions, objectGigabytes } from "./assumptions.ts";
import { listDollars } from "./bill.ts";
import { capacities, type Capacity } from "./capacity.ts";
import type { Counts } from "./count-orders.ts";
import { amount, dollars, exact, ratesHead, share, span, table, type Row } from "./format.ts";
import { limits } from "./limits.ts";
import { prices } from "./prices.ts";

const durationDollars = (seconds: number): string => dollars(listDollars(prices.objectDuration, seconds * objectGigabytes * 1_000_000));

export const renderDuration = (): string =>
  `Per million orders, each 100 ms in which an order's object cannot hibernate is $${durationDollars(0.1)}; ten seconds would be $${durationDollars(10)}.`;

/** What is nowhere near. */
export function renderFar({ queues }: Counts): string {
  const batch = Math.max(...Object.values(queues).map(({ maxBatchSize }) => maxBatchSize));
  return [
    `- [Subrequests](${limits.subrequestsPerInvocation.source}): ${exact(limits.subrequestsPerInvocation.value)} in one invocation; a batch of ${batch} messages calls at most ${batch} actors.`,
    `- [Data points](${limits.dataPointsPerInvocation.source}): ${exact(limits.dataPointsPerInvocation.value)} in one invocation, where the metrics' flushes are cut.`,
    `- [Redis](${limits.redisCommandsPerSecond.source}): ${exact(limits.redisCommandsPerSecond.value)} commands/s; no order sends one.`,
    "- The number of objects, which has no limit.",
  ].join("\n");
}

export function renderLimits(counts: Counts): string {
  const all = capacities(counts);
  const rows = all.map(({ what, limit, source, meets }): Row => {
    const linked = source === null ? limit : `[${limit}](${source})`;
    const met =
      "rate" in meets
        ? [`${amount(meets.rate)} orders/s`, ...metAt(meets.rate)]
        : [`${amount(meets.orders)} orders`, ...fullAfter(meets.orders)];
    return [what, linked, ...met];
  });
  const spread = `Orders that are spread evenly over ${assumptions.skus} SKUs meet a limit of one SKU ${assumptions.skus} times later.`;
  const first = assumptions.rates.map((rate, index) => `- ${ratesHead[index] ?? ""}: ${firstMet(rate, all)}`);
  const answers = all.map(({ what, answer }) => `- **${what}**: ${answer}`);
  return [
    table(["what", "limit", "met at", ...ratesHead], rows, 3),
    spread,
    "Met first:",
    first.join("\n"),
    "What the design does about each:",
    answers.join("\n"),
  ].join("\n\n");
}

function firstMet(rate: number, all: readonly Capacity[]): string {
  const met = all.filter(({ meets }) => "rate" in meets && meets.rate <= rate).map(({ what }) => inSentence(what));
  const next = all.find(({ meets }) => "orders" in meets);
  const later =
    next !== undefined && "orders" in next.meets ? ` In time: ${inSentence(next.what)}, after ${span(next.meets.orders / rate)}.` : "";
  return `${met.length === 0 ? "no limit is met by the rate." : `met by the rate: ${met.join("; ")}.`}${later}`;
}

const inSentence = (what: string): string => what.replace(/^The /, "the ").replace(/^Consumers /, "consumers ");

const metAt = (met: number): Row => assumptions.rates.map((rate) => (rate < met ? share(rate / met) : `**${amount(rate / met)} times**`));

const fullAfter = (orders: number): Row => assumptions.rates.map((rate) => `after ${span(orders / rate)}`);
