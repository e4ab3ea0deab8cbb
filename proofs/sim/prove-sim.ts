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
import type { SeedTotals } from "./seeds.ts";

const { addMet, missing, noTotals, proveSeeds, sometimes } = await import("./seeds.ts");
const { proveEveryPair } = await import("./pairs.ts");

interface Portion {
  readonly first: number;
  readonly count: number;
}

if (isMainThread) await main();
else parentPort?.postMessage(await proveSeeds(workerData as Portion));

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
    const pairs = one === null && !values["no-pairs"] ? await proveEveryPair() : null;
    const totals = one === null ? await inWorkers({ first, count }, Number(values.workers)) : await proveSeeds({ first, count });
    report(totals, { pairs, seconds: (performance.now() - startedMs) / 1_000 });
  } catch (error) {
    console.error(error);
    console.error("prove:sim  FAILED");
    process.exitCode = 1;
  }
}

/** Portions small enough that no worker is left alone with a long one at the end. */
async function inWorkers({ first, count }: Portion, workers: number): Promise<SeedTotals> {
  const totals = noTotals();
  const size = Math.max(1, Math.min(5_000, Math.ceil(count / workers)));
  const portions = Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    first: first + index * size,
    count: Math.min(size, count - index * size),
  }));
  const next = async (): Promise<void> => {
    for (let portion = portions.shift(); portion !== undefined; portion = portions.shift()) add(totals, await inWorker(portion));
  };
  await Promise.all(Array.from({ length: workers }, next));
  return totals;
}

function inWorker(portion: Portion): Promise<SeedTotals> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: portion });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function add(totals: SeedTotals, part: SeedTotals): void {
  totals.seeds += part.seeds;
  totals.orders += part.orders;
  totals.virtualMs += part.virtualMs;
  totals.commits += part.commits;
  addMet(totals.met, part.met);
}

interface Rest {
  readonly pairs: Awaited<ReturnType<typeof proveEveryPair>> | null;
  readonly seconds: number;
}

function report(totals: SeedTotals, { pairs, seconds }: Rest): void {
  const never = totals.seeds >= 1_000 ? missing(totals) : [];
  const years = totals.virtualMs / (365.25 * 86_400_000);
  const said = pairs === null ? "" : `, ${pairs.pairs} pairs of crash points on ${pairs.journeys} journeys (${pairs.runs} runs)`;
  console.log(
    `prove:sim  ${totals.seeds} seeds, ${totals.orders} orders, ${totals.commits} commits, ${years.toFixed(2)} virtual years${said}, ` +
      `${sometimes.length - never.length} of ${sometimes.length} "sometimes" met, ${seconds.toFixed(0)} s: ${never.length === 0 ? "held" : "FAILED"}`,
  );
  if (never.length === 0) return;
  console.error(`Never happened: ${never.join(", ")}`);
  process.exitCode = 1;
}
