/**
 * Runs the simulation of the source tree it lies in until something fails, and says what in one line of JSON: a `Verdict`.
 * `node proofs/teeth/run-simulation.ts seeds 2000` or `pairs 20` (every 20th pair of crash points).
 */
import "../sim/install-stubs.ts";
import { nodeProcess } from "../shared/node-process.ts";

/** `found`: what was not as it must be, and after how many seeds. `broken`: the tree could not be loaded at all. */
export type Verdict =
  | { readonly kind: "held"; readonly after: string }
  | { readonly kind: "found"; readonly after: string; readonly what: string }
  | { readonly kind: "broken"; readonly what: string };

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function finish(verdict: Verdict): never {
  nodeProcess.stdout.write(`${JSON.stringify(verdict)}\n`);
  nodeProcess.exit(0);
}

async function load() {
  try {
    return { ...(await import("../sim/seeds.ts")), ...(await import("../sim/pairs.ts")) };
  } catch (error) {
    return finish({ kind: "broken", what: textOf(error) });
  }
}

const { proveSeeds, proveEveryPair } = await load();
const [mode, count = "1"] = nodeProcess.argv.slice(2);
let seeds = 0;
const after = (): string => (mode === "pairs" ? "" : `${seeds + 1} seed${seeds === 0 ? "" : "s"}`);
// What an actor throws where nobody waits for it is a failure of the seed that runs.
nodeProcess.on("unhandledRejection", (error: unknown) => finish({ kind: "found", after: after(), what: textOf(error) }));

try {
  if (mode === "pairs") {
    const { runs } = await proveEveryPair({ only: Number(count) });
    finish({ kind: "held", after: `${runs} runs` });
  }
  await proveSeeds({ first: 1, count: Number(count) }, () => (seeds += 1));
  finish({ kind: "held", after: `${seeds} seeds` });
} catch (error) {
  finish({ kind: "found", after: after(), what: textOf(error) });
}
