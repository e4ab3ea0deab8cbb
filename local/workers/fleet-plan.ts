/**
 * What workerd is to run, as data: every Worker's options from its wrangler config, and its bundle on disk. Making it costs more
 * than all the rest of a start (wrangler itself, esbuild, a config's own build command: 1.5 s of 3.5), so it is kept beside the
 * bundles for whoever starts the same code again and again.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json, V4WorkerOptionsShape } from "miniflare";
import type { CronTrigger } from "./wrangler-config.ts";

/** JSON all through. */
export interface FleetPlan {
  /** The public Worker first. */
  readonly workers: readonly PlannedWorker[];
  readonly triggers: readonly CronTrigger[];
}

export interface PlannedWorker {
  readonly name: string;
  /** Of the bundle. */
  readonly path: string;
  /** From the wrangler config; `bindings` are its `[vars]`. */
  readonly options: Omit<V4WorkerOptionsShape, "bindings"> & { readonly bindings: Record<string, Json> };
}

export interface PlanOptions {
  /** Paths of wrangler configs; the first is the public Worker. */
  readonly configs: readonly string[];
  /** Where the bundles and the plan are kept. */
  readonly buildDir: string;
  /** Take the plan that is kept there, if there is one, whatever has become of the code since. Default: no. */
  readonly reuse?: boolean | undefined;
}

/** @throws When a config or a bundle is wrong. */
export async function planFleet({ configs, buildDir, reuse = false }: PlanOptions): Promise<FleetPlan> {
  const path = join(buildDir, "plan.json");
  const kept = reuse ? await readFile(path, "utf8").catch(() => undefined) : undefined;
  if (kept !== undefined) return JSON.parse(kept) as FleetPlan;
  // wrangler takes longer to load than workerd takes to start, so it is loaded only by who needs it.
  const { makePlan } = await import("./make-plan.ts");
  const plan = await makePlan(configs, buildDir);
  await writeFile(`${path}.new`, JSON.stringify(plan));
  await rename(`${path}.new`, path);
  return plan;
}
