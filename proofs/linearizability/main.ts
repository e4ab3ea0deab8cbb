/**
 * `npm run prove:linear -- [--kills N] [--minutes M] [--seed S] [--bug NAME]`: a local cloud of its own is used by several
 * clients and killed again and again; every SKU's history is checked. `--check FILE` checks a saved history again.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runMain } from "../../local/run-main.ts";
import { seededRandom } from "../shared/random.ts";
import { overlaidBugs, withBug } from "./faulty-stock.ts";
import { HttpStock } from "./http-stock.ts";
import { countLevels, type LedgerInput, type LedgerOutput } from "./ledger-model.ts";
import type { Call } from "./history.ts";
import { checkStockHistory, proveLinear, type LinearTotals, type Refused } from "./prove-linear.ts";
import { longLives, type StockHistory } from "./record-histories.ts";

/** When neither `--kills` nor `--minutes` is given. */
const defaultKills = 10;

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      kills: { type: "string" },
      minutes: { type: "string" },
      seed: { type: "string" },
      bug: { type: "string" },
      check: { type: "string" },
    },
  });
  if (values.check !== undefined) return checkSaved(values.check);
  await prove(values);
});

interface Options {
  readonly kills?: string;
  readonly minutes?: string;
  readonly seed?: string;
  readonly bug?: string;
}

async function prove(options: Options): Promise<void> {
  const seed = options.seed === undefined ? Date.now() % 1_000_000 : numberOf("seed", options.seed);
  const random = seededRandom(seed);
  const stateDir = await mkdtemp(join(tmpdir(), "holdfast-linear-"));
  const real = new HttpStock({ stateDir, random: random.fork("kills") });
  const bug = overlaidBugs.find((name) => name === options.bug);
  if (options.bug !== undefined && bug === undefined) throw new Error(`--bug is one of ${overlaidBugs.join(", ")}`);
  const target = bug === undefined ? real : withBug(real, { bug, random: random.fork("bug") });
  const startedAtMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAtMs) / 1_000);
  try {
    let shown = 0;
    const onProgress = (totals: LinearTotals): void => {
      if (totals.kills > shown) console.error(`${describeTotals(totals)}, ${seconds()} s ...`);
      shown = totals.kills;
    };
    const result = await proveLinear({ target, random, goOn: limitOf(options), run: String(seed), size: longLives, onProgress });
    const verdict = result.ok ? "linearizable" : result.verdict.kind === "violated" ? "NOT linearizable" : "not decided";
    console.log(`prove:linear: ${describeTotals(result.totals)}, ${seconds()} s (seed ${seed}): ${verdict}`);
    if (!result.ok) throw new Error(await report(result));
  } finally {
    await real.kill();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Kills until both limits that were given are reached, or the default. */
function limitOf({ kills, minutes }: Options): (kills: number) => boolean {
  const atLeast = kills === undefined ? (minutes === undefined ? defaultKills : 1) : numberOf("kills", kills);
  const untilMs = performance.now() + (minutes === undefined ? 0 : numberOf("minutes", minutes)) * 60_000;
  return (done) => done < atLeast || performance.now() < untilMs;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is a number from 0, not ${text}`);
  return value;
}

function describeTotals({ histories, operations, kills, unknown, explored }: LinearTotals): string {
  return `${histories} histories, ${operations} operations, ${kills} kills, ${unknown} unknown outcomes, ${explored} states explored`;
}

/** Keeps the history, and says what cannot be. */
async function report({ history, verdict }: { history: StockHistory; verdict: Refused }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-history-"));
  const file = join(directory, `${history.sku}.json`);
  await writeFile(file, `${JSON.stringify(history, null, 1)}\n`);
  return `${describeRefusal(history, verdict)}\nThe history is in ${file}; check it again with --check.`;
}

function describeRefusal({ sku }: StockHistory, verdict: Refused): string {
  if (verdict.kind === "undecided") return `${sku}: not decided after ${verdict.explored} states`;
  const { unexplained, underWay, states } = verdict;
  return [
    `${sku}: no order of the calls explains ${describeCall(unexplained)}`,
    ...states.map((book) => `  before it the ledger can have been ${JSON.stringify(countLevels(book))}`),
    ...underWay.map((call) => `  under way: ${describeCall(call)}`),
  ].join("\n");
}

function describeCall({ input, output, invokedAt, endedAt }: Call<LedgerInput, LedgerOutput>): string {
  return `${JSON.stringify(input)} -> ${JSON.stringify(output ?? "unknown")} [${invokedAt}, ${endedAt}]`;
}

/** Infinity, which JSON does not know, is null there. */
async function checkSaved(file: string): Promise<void> {
  const { sku, calls } = JSON.parse(await readFile(file, "utf8")) as StockHistory;
  const history = { sku, calls: calls.map((call) => ({ ...call, endedAt: (call.endedAt as number | null) ?? Infinity })) };
  const verdict = checkStockHistory(history);
  console.log(verdict.kind === "linearizable" ? `${sku}: linearizable` : describeRefusal(history, verdict));
}
