/** `npm run bench`. The report is on stdout, what is under way on stderr. Ends with 1 when a ledger does not balance or a system fails. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { readOptions, usage } from "./options.ts";
import { makeRunDirectory } from "./run-directory.ts";
import { reportSchema, resultsOf, type BenchReport, type Machine } from "./report/bench-report.ts";
import { toMarkdown } from "./report/markdown.ts";
import { describeMachine, readVersions } from "./report/surroundings.ts";
import { runBench } from "./run/run-bench.ts";
import { planScenarios } from "./run/scenario.ts";
import { chooseRecords, chooseSystems } from "./systems.ts";

/** Sockets of an open loop: enough that a stall of a second at 500 orders/s keeps nobody waiting for a connection. */
const openConnections = 512;

const say = (line: string): void => console.error(line);

if (process.argv.includes("--help")) {
  console.log(usage);
  process.exit(0);
}

try {
  const report = await bench(process.argv.slice(2));
  console.log(toMarkdown(report));
  process.exit(report.failures.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function bench(args: readonly string[]): Promise<BenchReport> {
  const options = readOptions(args);
  const directory = makeRunDirectory(options.dir ?? tmpdir());
  const machine = describeMachine(directory);
  const leftOut: string[] = [];
  const note = (line: string): void => {
    say(line);
    leftOut.push(line);
  };
  const systems = await chooseSystems(options, { directory, say, note });
  const scenarios = planScenarios({ ...options, openRates: options.open, openConnections });
  const log = options.verbose ? say : () => undefined;
  const outcome = await runBench({ ...options, systems, scenarios, directory, say, log });
  const report = reportSchema.parse({
    machine,
    versions: readVersions(),
    results: resultsOf(outcome),
    command: ["npm run bench", ...(args.length === 0 ? [] : ["--", ...args])].join(" "),
    at: new Date().toISOString(),
    records: { own: "PostgreSQL of its own", named: "the PostgreSQL of HOLDFAST_POSTGRES_URL", pglite: "PGlite" }[
      chooseRecords(options).kind
    ],
    window_s: options.measureMs / 1_000,
    failures: [...(systems.length === 0 ? ["Nothing that was asked for could be measured"] : []), ...outcome.failures],
    notes: [...warnings(machine), ...leftOut, ...outcome.notes],
  } satisfies BenchReport);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

/** What makes the figures worth less than they look. */
function warnings({ file_system }: Machine): string[] {
  const inMemory = "The state directories are in memory (tmpfs), where a sync costs nothing: choose a disk with --dir";
  return file_system === "tmpfs" ? [inMemory] : [];
}
