/** The Workers' bundles with the meters inside, and the plan of the fleet that runs them (`local/workers/fleet-plan.ts`). */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { workerConfigs } from "../../local/project.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import { planFleet, type FleetPlan, type PlannedWorker } from "../../local/workers/fleet-plan.ts";
import { readWorkerConfig } from "../../local/workers/wrangler-config.ts";
import type { BindingKinds } from "./meter/metered-queue.ts";

/** How long a queue waits for more messages, s: nothing is counted of it, and an order is to be done before the next one comes. */
const batchTimeoutSeconds = 0.05;

/** Object class -> binding in the public Worker. */
export type ObjectBindings = Readonly<Record<string, string>>;

export interface MeteredBundles {
  readonly buildDir: string;
  readonly objectBindings: ObjectBindings;
  /** As they are deployed: ORDER_PLACEMENT and everything else that says where actors live. */
  readonly placementVars: Readonly<Record<string, string>>;
  /** How each queue's consumer is deployed. */
  readonly queues: Readonly<Record<string, QueueSettings>>;
}

export interface QueueSettings {
  /** Messages. */
  readonly maxBatchSize: number;
  /** Seconds. */
  readonly maxBatchTimeout: number;
}

/** Bundles every Worker of the project. @throws When a config or a bundle is wrong. */
export async function makeMeteredBundles(buildDir: string): Promise<MeteredBundles> {
  await mkdir(buildDir, { recursive: true });
  const plan = await planFleet({ configs: workerConfigs, buildDir });
  const mains = new Map(workerConfigs.map(readWorkerConfig).map(({ name, main }) => [name, main]));
  for (const worker of plan.workers) {
    const main = mains.get(worker.name);
    if (main === undefined) throw new Error(`${worker.name} has no config`);
    const entry = await writeEntry(worker, { main, plan, buildDir });
    await bundleWorker(entry, { outDir: buildDir, name: worker.name, keepNames: false });
  }
  await writeFile(join(buildDir, "plan.json"), JSON.stringify({ ...plan, workers: plan.workers.map(withQuickQueues) }));
  return { buildDir, objectBindings: objectBindings(plan), placementVars: placementVars(plan), queues: queueSettings(plan) };
}

interface EntryParts {
  readonly main: string;
  readonly plan: FleetPlan;
  readonly buildDir: string;
}

/** A module that exports what the Worker's own exports, metered. The globals are metered before the Worker's own code is loaded. */
async function writeEntry(worker: PlannedWorker, { main, plan, buildDir }: EntryParts): Promise<string> {
  const shortName = worker.name.replace(/^holdfast-/, "");
  const meter = (file: string): string => JSON.stringify(join(import.meta.dirname, "meter", file));
  const start = join(buildDir, `${worker.name}.start.ts`);
  const entry = join(buildDir, `${worker.name}.entry.ts`);
  await writeFile(start, `import { meterGlobals } from ${meter("metered-globals.ts")};\nmeterGlobals(${JSON.stringify(shortName)});\n`);
  const lines = [
    `import ${JSON.stringify(start)};`,
    `import * as worker from ${JSON.stringify(main)};`,
    `import { meterActor } from ${meter("metered-actor.ts")};`,
    `import { meterEntrypoint, meterHandlers } from ${meter("metered-worker.ts")};`,
    `const kinds = ${JSON.stringify(bindingKinds(worker))};`,
    ...hostedClasses(worker).map((name) => `export const ${name} = meterActor(worker.${name}, kinds);`),
    ...entrypoints(worker, plan).map((name) => `export const ${name} = meterEntrypoint(worker.${name});`),
    `export default meterHandlers(worker.default, ${JSON.stringify(shortName)});`,
  ];
  await writeFile(entry, lines.join("\n"));
  return entry;
}

/** Of a Worker's options, what is read here; wrangler writes them for miniflare. */
interface Options {
  readonly durableObjects?: Readonly<Record<string, { readonly className: string; readonly scriptName?: string }>>;
  readonly serviceBindings?: Readonly<Record<string, { readonly name: string; readonly entrypoint?: string }>>;
  readonly queueProducers?: Readonly<Record<string, { readonly queueName: string }>>;
  readonly queueConsumers?: Readonly<Record<string, QueueSettings>>;
  readonly analyticsEngineDatasets?: Readonly<Record<string, object>>;
}
const optionsOf = ({ options }: PlannedWorker): Options => options as Options;

const hostedClasses = (worker: PlannedWorker): string[] => [
  ...new Set(
    Object.values(optionsOf(worker).durableObjects ?? {})
      .filter(({ scriptName }) => scriptName === undefined || scriptName === worker.name)
      .map(({ className }) => className),
  ),
];

/** What other Workers call of it. */
function entrypoints({ name }: PlannedWorker, plan: FleetPlan): string[] {
  const bindings = plan.workers.flatMap((worker) => Object.values(optionsOf(worker).serviceBindings ?? {}));
  return [...new Set(bindings.filter((binding) => binding.name === name).flatMap(({ entrypoint }) => entrypoint ?? []))];
}

function bindingKinds(worker: PlannedWorker): BindingKinds {
  const { queueProducers = {}, analyticsEngineDatasets = {} } = optionsOf(worker);
  const queues = Object.entries(queueProducers).map(([binding, { queueName }]) => [binding, queueName]);
  return { queues: Object.fromEntries(queues) as Record<string, string>, datasets: Object.keys(analyticsEngineDatasets) };
}

function withQuickQueues(worker: PlannedWorker): PlannedWorker {
  const { queueConsumers } = optionsOf(worker);
  if (queueConsumers === undefined) return worker;
  const quick = Object.entries(queueConsumers).map(([queue, consumer]) => [queue, { ...consumer, maxBatchTimeout: batchTimeoutSeconds }]);
  return { ...worker, options: { ...worker.options, queueConsumers: Object.fromEntries(quick) } };
}

const queueSettings = ({ workers }: FleetPlan): Record<string, QueueSettings> =>
  Object.fromEntries(
    workers
      .flatMap((worker) => Object.entries(optionsOf(worker).queueConsumers ?? {}))
      .map(([queue, { maxBatchSize, maxBatchTimeout }]) => [queue, { maxBatchSize, maxBatchTimeout }]),
  );

function objectBindings({ workers: [publicWorker] }: FleetPlan): ObjectBindings {
  if (publicWorker === undefined) throw new Error("There is no public Worker");
  return Object.fromEntries(
    Object.entries(optionsOf(publicWorker).durableObjects ?? {}).map(([binding, { className }]) => [className, binding]),
  );
}

function placementVars({ workers }: FleetPlan): Record<string, string> {
  const vars = workers.flatMap(({ options }) => Object.entries(options.bindings));
  const placements = vars.filter(([name]) => /_(PLACEMENT|HOSTS)$/.test(name));
  return Object.fromEntries(placements.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
}

/** A copy for one more cloud: workerd wants the bundles in the build directory of the cloud that runs them. */
export async function copyBundles({ buildDir }: MeteredBundles, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const plan = JSON.parse(await readFile(join(buildDir, "plan.json"), "utf8")) as FleetPlan;
  const workers = plan.workers.map((worker) => ({ ...worker, path: join(to, basename(worker.path)) }));
  await Promise.all(plan.workers.map(({ path }, index) => copyFile(path, workers[index]?.path ?? to)));
  await writeFile(join(to, "plan.json"), JSON.stringify({ ...plan, workers }));
}
