/**
 * `npm run soak`: does memory grow with the orders? Half the top rate in an open loop; a line through the resident sets of workerd and
 * Node after the first third. Ends with 1 when an order leaves more than is allowed, or the ledger does not balance.
 */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { floorSystems } from "./peers/floor/system.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { allowedKbPerOrder, measureGrowth } from "./soak/growth.ts";
import { readSoakOptions, usage, type SoakOptions } from "./soak/options.ts";
import { runSoak, type SoakOutcome } from "./soak/run-soak.ts";
import { chooseHoldfast, chooseRecords } from "./systems.ts";

/** A run has at least so many samples, however short. */
const minSamples = 30;
/** Whose growth is judged. PostgreSQL fills its shared buffers, which are bounded, all through the run; it is told and not judged. */
const judged: readonly string[] = ["workerd", "node"];

const say = (line: string): void => console.error(line);

if (process.argv.includes("--help")) {
  console.log(usage);
  process.exit(0);
}

try {
  const options = readSoakOptions(process.argv.slice(2));
  const report = describeSoak(await soak(options), options);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(report.lines.join("\n"));
  process.exit(report.failures.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function soak({ minutes, rate, records, system: name, dir, "sample-seconds": sampleSeconds }: SoakOptions): Promise<SoakOutcome> {
  const directory = makeRunDirectory(dir ?? tmpdir());
  const [system] = name === "floor" ? floorSystems(chooseRecords({ records })) : chooseHoldfast({ records, holdfastVars: [{}] }, directory);
  if (system === undefined) throw new Error("There is nothing to soak");
  const durationMs = minutes * 60_000;
  return runSoak({ system, directory, durationMs, rate, sampleMs: Math.min(sampleSeconds * 1_000, durationMs / minSamples), say });
}

function describeSoak({ topRate, rate, round, samples, crons }: SoakOutcome, options: SoakOptions) {
  const ordersPerS = round.confirmed / (options.minutes * 60);
  const bound = { kbPerOrder: options["bound-kb"], noiseMb: options["noise-mb"] };
  const allowed = allowedKbPerOrder(bound, { ordersPerS, lastS: options.minutes * 60 });
  const growth = Object.entries(samples).map(([name, taken]) => ({ name, growth: measureGrowth(taken, ordersPerS) }));
  const failures = [...round.violations, ...growth.flatMap(({ name, growth: found }) => judge(name, found?.kbPerOrder, allowed))];
  const lines = [
    `soak of ${options.system}: ${round.confirmed} orders confirmed in ${options.minutes} min (${ordersPerS.toFixed(1)}/s of ${rate}/s asked${topRate === null ? "" : `, top rate ${topRate.toFixed(0)}/s`}), ${round.unconfirmed} not confirmed, ${round.unsent} not sent; p50 ${round.p50Ms.toFixed(1)} ms, p99 ${round.p99Ms.toFixed(1)} ms`,
    ...growth.map(({ name, growth: found }) =>
      found === undefined
        ? `${name}: too few samples`
        : `${name}: ${found.kbPerOrder.toFixed(3)} KB/order, ${found.mbPerHour.toFixed(1)} MB/h after the first third; ${found.firstMb.toFixed(0)} MB there, ${found.lastMb.toFixed(0)} MB at the end, ${found.maxMb.toFixed(0)} MB at most`,
    ),
    crons === null ? "no cron triggers" : `cron triggers fired ${crons.fired} times, ${crons.failed} failed`,
    `allowed for ${judged.join(" and ")}: ${allowed.toFixed(3)} KB/order (${bound.kbPerOrder} KB for each order and ${bound.noiseMb} MB of noise). V8's own heaps: not measured`,
    ...failures.map((failure) => `FAILED: ${failure}`),
  ];
  return {
    system: options.system,
    minutes: options.minutes,
    top_rate: topRate,
    rate,
    orders: round.confirmed,
    crons,
    allowed_kb_per_order: allowed,
    growth,
    samples,
    failures,
    lines,
  };
}

function judge(name: string, kbPerOrder: number | undefined, allowed: number): string[] {
  if (!judged.includes(name)) return [];
  if (kbPerOrder === undefined) return [`${name} has too few samples to be judged`];
  return kbPerOrder > allowed ? [`${name} grows by ${kbPerOrder.toFixed(3)} KB/order, and ${allowed.toFixed(3)} are allowed`] : [];
}
