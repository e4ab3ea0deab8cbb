/** Runs one journey with its faults in the simulated shop and says what became of it. */
import type { Random } from "../shared/random.ts";
import type { Client } from "../sim/client.ts";
import { plannedFaults, type PlannedFault } from "../sim/faults.ts";
import { CommitWatch } from "./commit-watch.ts";
import { simulate, type EndedRun } from "../sim/simulation.ts";
import { answerOf, isFinal } from "./caller-sees.ts";
import { placedAtMs, type Journey } from "./journeys.ts";

/** Times are virtual ms since the watched question was first asked. */
export interface Outcome {
  /** When the watched question was first asked, virtual ms since the shop opened. */
  readonly askedAtMs: number;
  /** One answer after the other until the last one; the same several times in a row is one, with the time of the first. */
  readonly answers: readonly { readonly answer: string; readonly afterMs: number; readonly times: number }[];
  readonly end: string;
  readonly endedAfterMs: number;
  /** When the last of the consumers had the last event, and the last stock actor what concerns it. */
  readonly toldAfterMs: number;
  readonly takenMinor: number;
  readonly givenBackMinor: number;
  readonly heldUnits: number;
  readonly soldUnits: number;
}

/** Instead of chance: every hop takes 8 ms, a slow one 10 s (stock), 12 s (payment) or 2.4 s, what is lost is never answered. */
const steadyShare = 0.4;

const steady: Random = {
  next: () => steadyShare,
  between: (min) => min,
  chance: () => fail(),
  pick: () => fail(),
  weighted: () => fail(),
  fork: () => steady,
};

function fail(): never {
  throw new Error("nothing is left to chance here");
}

/** `writes`: of the order actor's commits only those that write this are meant. */
export type MatrixFault = PlannedFault & { readonly writes?: string | undefined };

interface RunOptions {
  /** Virtual ms since the shop opened. Default: longer than anything but an outage takes. */
  readonly faultsLastMs?: number;
  /** Not every fault of the plan needs to happen. */
  readonly mayMiss?: boolean;
}

/** @throws Error when a fault of the plan never happened, or when the run ends as none may. */
export async function runJourney({ order, watched }: Journey, faults: readonly MatrixFault[], options: RunOptions = {}): Promise<Outcome> {
  const { faultsLastMs = placedAtMs + 60_000, mayMiss = false } = options;
  const watch = new CommitWatch();
  const plan = plannedFaults(
    faults.map(({ writes, ...fault }) => (writes === undefined ? fault : { ...fault, when: () => watch.writes === writes })),
  );
  const outcomes: Outcome[] = [];
  await simulate(
    { units: { A: 5, B: 5 }, orders: [order], refusesRefunds: [], faultsLastMs },
    {
      random: steady,
      faults: watch.around(plan),
      onStart: (shop) => watch.start(shop),
      onEnd: async (ended) => void outcomes.push(await outcomeOf(ended, watched)),
    },
  );
  const never = mayMiss ? [] : faults.filter(({ name }) => !plan.met.has(name));
  const [outcome] = outcomes;
  if (never.length > 0 || outcome === undefined) throw new Error(`this never happened: ${never.map(({ name }) => name).join(", ")}`);
  return outcome;
}

async function outcomeOf({ clients: [client], shop }: EndedRun, watched: string | null): Promise<Outcome> {
  if (client === undefined) throw new Error("there is no client");
  const { orderId } = client;
  const askedAtMs = client.heard.find(({ operationId }) => operationId === watched)?.askedAtMs ?? 0;
  const query = { orderId, principalId: null };
  const order = await shop.orders.call((actor) => actor.getOrder(query));
  const timeline = await shop.orders.call((actor) => actor.getTimeline(query));
  const audits = await Promise.all(shop.stocks.map((stock) => stock.call((actor) => actor.auditStock({ sku: stock.name, after: null }))));
  const stocks = audits.filter((audit) => audit !== null);
  const taken = shop.provider.taken(orderId);
  const failure = order?.failure === undefined ? "" : ` (${order.failure.code})`;
  return {
    askedAtMs,
    answers: answersOf(client, watched, askedAtMs),
    end: `${order?.status ?? "nothing"}${failure}`,
    endedAfterMs: Math.max(...(timeline?.entries ?? []).map(({ at }) => Date.parse(at))) - askedAtMs,
    toldAfterMs:
      Math.max(...firstDeliveries(shop), ...stocks.flatMap(({ holds }) => holds.map(({ updatedAtMs }) => updatedAtMs))) - askedAtMs,
    takenMinor: taken.capturedMinor,
    givenBackMinor: taken.refundedMinor,
    heldUnits: stocks.reduce((sum, { levels }) => sum + levels.reserved, 0),
    soldUnits: stocks.reduce((sum, { levels }) => sum + levels.sold, 0),
  };
}

/** When each consumer first had each event. */
function firstDeliveries({ deliveries }: EndedRun["shop"]): readonly number[] {
  const byEvent = Map.groupBy(deliveries, ({ queue, event }) => `${queue} ${event.id}`);
  return [...byEvent.values()].map((same) => Math.min(...same.map(({ atMs }) => atMs)));
}

function answersOf({ heard, plan }: Client, watched: string | null, askedAtMs: number): Outcome["answers"] {
  const kind = plan.changes.find(({ change }) => change.operationId === watched)?.change.kind ?? null;
  const mine = heard.filter(({ operationId }) => operationId === watched);
  const untilFinal = mine.slice(0, mine.findIndex(isFinal) + 1);
  const answers: { answer: string; afterMs: number; times: number }[] = [];
  for (const one of untilFinal) {
    const answer = answerOf(one, kind);
    const last = answers.at(-1);
    if (last?.answer === answer) last.times += 1;
    else answers.push({ answer, afterMs: one.heardAtMs - askedAtMs, times: 1 });
  }
  return answers;
}
