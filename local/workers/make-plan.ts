/** The plan of a fleet from its wrangler configs, read by wrangler itself, and the bundles that go with it. */
import type { V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { bundleWorker, runBuildCommand } from "./bundle.ts";
import type { FleetPlan, PlannedWorker } from "./fleet-plan.ts";
import { cronTriggers, readWorkerConfig, type WorkerConfig } from "./wrangler-config.ts";

/** @throws When a config or a bundle is wrong. */
export async function makePlan(configPaths: readonly string[], buildDir: string): Promise<FleetPlan> {
  const configs = configPaths.map(readWorkerConfig);
  const workers = await Promise.all(configs.map((config) => planWorker(config, buildDir)));
  return { workers, triggers: cronTriggers(configs) };
}

async function planWorker(config: WorkerConfig, outDir: string): Promise<PlannedWorker> {
  await runBuildCommand(config);
  const path = await bundleWorker(config.main, { outDir, name: config.name, keepNames: config.keep_names });
  const { workerOptions: fromConfig } = unstable_getMiniflareWorkerOptions(config.configPath);
  const { modulesRules: _onlyForUnbundled, ...options } = fromConfig as V4WorkerOptionsShape & PlannedWorker["options"];
  return { name: config.name, path, options };
}
