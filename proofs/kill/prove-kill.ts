/**
 * The whole stack under load, killed at random moments and started again on the same state, and everything that was ever
 * acknowledged held against it: after each restart a sample, at the end all of it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFiles } from "./check-files.ts";
import { Machine } from "./machine.ts";
import type { Options } from "./options.ts";
import { markOwnProcesses } from "./own-processes.ts";
import { Run } from "./run.ts";
import type { Totals } from "./totals.ts";

/**
 * @param say Takes a line of progress, and each violation as it is found.
 * @throws When the shop cannot be started at all.
 */
export async function proveKill(options: Options, say: (line: string) => void): Promise<Totals> {
  markOwnProcesses();
  const dir = await mkdtemp(join(tmpdir(), "holdfast-prove-kill-"));
  const machine = await Machine.start({ dir, stores: options.stores, shop: shopOptions(options) });
  const run = new Run(options, { machine, say });
  try {
    await run.everything();
  } catch (error) {
    run.failed("run", error);
  } finally {
    await machine.stop();
  }
  for (const pid of await machine.orphans()) run.verdict.fail("orphan", `workerd ${pid} runs on after everything was killed`);
  for (const broken of await checkFiles(machine.stateDir)) run.verdict.fail("file", broken);
  const evidence = run.verdict.violations.length === 0 ? null : dir;
  const totals = { ...run.totals(), evidence };
  if (evidence === null) await rm(dir, { recursive: true, force: true });
  else await writeFile(join(evidence, "totals.json"), JSON.stringify(totals, null, 2));
  return totals;
}

const shopOptions = ({ payment, placement }: Options): object => ({ payment, vars: { ORDER_PLACEMENT: placement } });
