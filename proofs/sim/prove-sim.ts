/**
 * `npm run prove:sim -- [--seeds 1000000] [--first 1] [--seed N] [--workers N] [--no-pairs]`
 *
 * Deterministic simulation of the shipped actors. A failing seed prints itself and replays alone with `--seed N`
 * (`HOLDFAST_SIM_LOG=1` lets it speak). Exit code 1 when anything is not as it must be.
 */
import "./install-stubs.ts";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { nodeProcess } from "../shared/node-process.ts";
import type { PairTotals } from "./pairs.ts";
import type { SeedTotals } from "./seeds.ts";

const { addMet, missing, noTotals, proveSeeds, sometimes } = await import("./seeds.ts");
const { journeys, proveEveryPair } = await import("./pairs.ts");

interface Portion {
  readonly first: number;
  readonly count: number;
}

/** What one worker does: seeds, or every pair of crash points of one journey. */
type Task = Portion | { readonly journey: string };
interface Done {
  readonly seeds?: SeedTotals;
  readonly pairs?: PairTotals;
}

if (isMainThread) await main();
else parentPort?.postMessage(await perform(workerData as Task));

async function perform(task: Task): Promise<Done> {
  return "journey" in task ? { pairs: await proveEveryPair({ on: [task.journey] }) } : { seeds: await proveSeeds(task) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000000" },
      first: { type: "string", default: "1" },
      seed: { type: "string" },
      workers: { type: "string", default: String(availableParallelism()) },
      "no-pairs": { type: "boolean", default: false },
    },
  });
  const startedMs = performance.now();
  const one = values.seed === undefined ? null : Number(values.seed);
  const [first, count] = one === null ? [Number(values.first), Number(values.seeds)] : [one, 1];
  try {
    const pairs = one === null && !values["no-pairs"] ? Object.keys(journeys).map((journey) => ({ journey })) : [];
    const done =
      one === null
        ? await inWorkers([...pairs, ...portionsOf({ first, count })], Number(values.workers))
        : [await perform({ first, count })];
    report(done, (performance.now() - startedMs) / 1_000);
  } catch (error) {
    console.error(error);
    console.error("prove:sim  FAILED");
    nodeProcess.exitCode = 1;
  }
}

/** Portions small enough that no worker is left alone with a long one at the end. */
function portionsOf({ first, count }: Portion): Portion[] {
  const size = Math.max(1, Math.min(5_000, Math.ceil(count / availableParallelism())));
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    first: first + index * size,
    count: Math.min(size, count - index * size),
  }));
}

async function inWorkers(tasks: Task[], workers: number): Promise<readonly Done[]> {
  const done: Done[] = [];
  const next = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) done.push(await inWorker(task));
  };
  await Promise.all(Array.from({ length: workers }, next));
  return done;
}

function inWorker(task: Task): Promise<Done> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.filename, { workerData: task });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function report(done: readonly Done[], seconds: number): void {
  const totals = sumSeeds(done.flatMap(({ seeds }) => seeds ?? []));
  const pairs = done.flatMap((part) => part.pairs ?? []);
  const never = missing(totals);
  // A few seeds need not meet everything.
  const held = never.length === 0 || totals.seeds < 1_000;
  const years = totals.virtualMs / (365.25 * 86_400_000);
  const said = pairs.length === 0 ? "" : `, ${total(pairs.map((part) => part.pairs))} pairs of crash points on ${pairs.length} journeys`;
  console.log(
    `prove:sim  ${totals.seeds} seeds, ${totals.orders} orders, ${totals.commits} commits, ${years.toFixed(2)} virtual years${said}, ` +
      `${sometimes.length - never.length} of ${sometimes.length} "sometimes" met, ${seconds.toFixed(0)} s: ${held ? "held" : "FAILED"}`,
  );
  if (held) return;
  console.error(`Never happened: ${never.join(", ")}`);
  nodeProcess.exitCode = 1;
}

function sumSeeds(parts: readonly SeedTotals[]): SeedTotals {
  const totals = noTotals();
  for (const part of parts) {
    totals.seeds += part.seeds;
    totals.orders += part.orders;
    totals.virtualMs += part.virtualMs;
    totals.commits += part.commits;
    addMet(totals.met, part.met);
  }
  return totals;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
