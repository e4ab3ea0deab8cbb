/**
 * All Workers in one workerd, from their real wrangler configs: bindings, queues, Durable Objects, crons and assets are
 * read by wrangler itself and never written twice. The public Worker has a socket of its own, with nothing in between.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, NoOpLog, type Json, type V4WorkerOptions, type V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig, type Unstable_Config } from "wrangler";
import { bundleWorker, runBuildCommand } from "./bundle.ts";
import { guardedWorkerdEnv } from "./workerd-guard.ts";

export interface FleetOptions {
  /** Paths of wrangler configs; the first is the public Worker. */
  readonly configs: readonly string[];
  readonly stateDir: string;
  /** Port of the public Worker on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Vars and secrets, laid over each Worker's own `[vars]`. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Every line the Workers write on their console. */
  readonly onLog: (line: string) => void;
}

export interface Fleet {
  readonly baseUrl: string;
  /** Fires every cron trigger of every config once, now. @returns How many. */
  fireCron(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws When a config or a bundle is wrong, or the port is taken. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const configs = options.configs.map((config) => unstable_readConfig({ config }, { hideWarnings: true }));
  const workers = await Promise.all(configs.map((config) => workerOptions(config, options)));
  openPublicSocket(workers, options.port);
  const miniflare = startMiniflare(workers, options);
  try {
    await miniflare.ready;
    const baseUrl = (await miniflare.unsafeGetDirectURL(socketHolder(workers).name)).origin;
    return { baseUrl, fireCron: () => fireCron(miniflare, configs), stop: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}

async function workerOptions(config: Unstable_Config, { bindings, stateDir }: FleetOptions): Promise<V4WorkerOptions> {
  const { name, main, configPath } = config;
  if (name === undefined || main === undefined || configPath === undefined) throw new Error(`${configPath ?? "A config"} has no name or no main`);
  await runBuildCommand(config);
  const path = await bundleWorker(main, { outDir: join(stateDir, "build"), name });
  const { workerOptions: fromConfig } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _onlyForUnbundled, ...options } = fromConfig as Omit<V4WorkerOptionsShape, "bindings"> & { bindings: Record<string, Json> };
  return {
    ...options,
    name,
    modules: [{ type: "ESModule", path, contents: await readFile(path, "utf8") }],
    modulesRoot: join(stateDir, "build"),
    bindings: { ...options.bindings, ...bindings },
  };
}

/**
 * The socket of a Worker with assets leads through two more Workers (a proxy and the asset router), which ask the Worker
 * first anyway (`run_worker_first`) and cost a call each. The socket of another Worker may name the public one as its
 * service and leads straight to it.
 */
function openPublicSocket(workers: readonly V4WorkerOptions[], port: number): void {
  const serviceName = workers[0]?.name;
  if (serviceName === undefined) throw new Error("There is no Worker to start");
  socketHolder(workers).unsafeDirectSockets = [{ host: "127.0.0.1", port, serviceName }];
}

function socketHolder(workers: readonly V4WorkerOptions[]): V4WorkerOptions {
  const [publicWorker] = workers;
  if (publicWorker === undefined) throw new Error("There is no Worker to start");
  return workers.find((worker) => worker.assets === undefined) ?? publicWorker;
}

function startMiniflare(workers: V4WorkerOptions[], { stateDir, onLog }: FleetOptions): Miniflare {
  Object.assign(process.env, guardedWorkerdEnv());
  const options = convertV4MiniflareOptions({
    workers,
    host: "127.0.0.1",
    port: 0,
    log: new QuietLog(),
    cf: false,
    telemetry: { enabled: false },
    // Where `wrangler dev --persist-to <stateDir>/state` keeps the same objects, so that both run on the same orders.
    resourcePersistencePath: join(stateDir, "state", "v3"),
    handleStructuredLogs: ({ message }) => onLog(message),
  });
  return withoutSignalHandlers(() => new Miniflare(options));
}

/** miniflare's own messages are for its users; what fails is thrown. */
class QuietLog extends NoOpLog {
  override error(): void {
    // NoOpLog would throw it here, where nobody could catch it; the same failure rejects `ready`.
  }
}

/** miniflare ends the process on SIGINT and SIGTERM before anything else can be closed; its handler of `exit` is kept. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = make();
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) if (before[index]?.includes(listener) === false) process.removeListener(signal, listener);
  });
  return made;
}

async function fireCron(miniflare: Miniflare, configs: readonly Unstable_Config[]): Promise<number> {
  const triggers = configs.flatMap(({ name, triggers: { crons } }) => (crons ?? []).map((cron) => ({ name, cron })));
  for (const { name, cron } of triggers) {
    const worker = await miniflare.getWorker(name);
    const result = await worker.scheduled({ cron, scheduledTime: new Date() });
    if (result.outcome !== "ok") throw new Error(`The cron trigger "${cron}" of ${String(name)} ended with ${result.outcome}`);
  }
  return triggers.length;
}
