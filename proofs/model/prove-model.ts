/**
 * `npm run prove:model -- [--sequences 10000000] [--seed 1] [--workers N]`
 *
 * fast-check against the pure saga. A failure prints the shrunk journey with its seed and path. Exit code 1 then.
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import fc from "fast-check";
import { travel } from "./journey.ts";
import { checkPromises, journeyPlans, sometimes } from "./promises.ts";

interface Portion {
  readonly seed: number;
  readonly sequences: number;
}

interface Totals {
  sequences: number;
  commands: number;
  /** Ends that were reached, with how often. */
  ends: Record<string, number>;
  /** Types of events that happened. */
  events: Set<string>;
}

if (isMainThread) await main();
else parentPort?.postMessage(prove(workerData as Portion));

function prove({ seed, sequences }: Portion): Totals {
  const totals = noTotals();
  const property = fc.property(journeyPlans, (plan) => {
    const journey = travel(plan);
    checkPromises(journey, plan);
    totals.sequences += 1;
    totals.commands += journey.commands;
    for (const type of journey.events) totals.events.add(type);
    totals.ends[journey.state.status] = (totals.ends[journey.state.status] ?? 0) + 1;
  });
  fc.assert(property, { seed, numRuns: sequences });
  return totals;
}

function noTotals(): Totals {
  return { sequences: 0, commands: 0, ends: {}, events: new Set() };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sequences: { type: "string", default: "10000000" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: String(availableParallelism()) },
    },
  });
  const startedMs = performance.now();
  try {
    const totals = await inWorkers(Number(values.seed), Number(values.sequences), Number(values.workers));
    const ends = Object.entries(totals.ends)
      .sort()
      .map(([status, times]) => `${times} ${status}`);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    const never = sometimes.filter((type) => !totals.events.has(type));
    if (totals.sequences >= 30_000 && never.length > 0) throw new Error(`Never happened: ${never.join(", ")}`);
    const met = `${sometimes.length - never.length} of ${sometimes.length} events met`;
    console.log(
      `prove:model  ${totals.sequences} sequences, ${totals.commands} commands, ends: ${ends.join(", ")}, ${met}, ${seconds} s: held`,
    );
  } catch (error) {
    console.error(error);
    console.error("prove:model  FAILED");
    process.exitCode = 1;
  }
}

/** Portions of a size that memory does not mind, each with a seed of its own. */
async function inWorkers(seed: number, sequences: number, workers: number): Promise<Totals> {
  const size = Math.min(100_000, Math.ceil(sequences / workers));
  const portions = Array.from({ length: Math.ceil(sequences / size) }, (_, index) => ({
    seed: seed + index,
    sequences: Math.min(size, sequences - index * size),
  }));
  const totals = noTotals();
  const work = async (): Promise<void> => {
    for (let portion = portions.shift(); portion !== undefined; portion = portions.shift()) add(totals, await inWorker(portion));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return totals;
}

function inWorker(portion: Portion): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: portion });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function add(totals: Totals, part: Totals): void {
  totals.sequences += part.sequences;
  totals.commands += part.commands;
  for (const type of part.events) totals.events.add(type);
  for (const [status, times] of Object.entries(part.ends)) totals.ends[status] = (totals.ends[status] ?? 0) + times;
}
