/**
 * All Workers on workerd, from their real wrangler configs: bindings, queues, Durable Objects, crons and assets are read by wrangler
 * itself and never written twice. The public Worker has a socket of its own, with nothing in between.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare, V4WorkerOptions } from "miniflare";
import { planFleet, type PlannedWorker } from "./fleet-plan.ts";
import { startRuntimes } from "./runtimes.ts";
import { splitFleet } from "./split-fleet.ts";
import type { CronTrigger } from "./wrangler-config.ts";

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
  /** Run the bundles of the last start on this `stateDir` again, whatever has become of the code since. Default: no. */
  readonly reuseBuild?: boolean | undefined;
  readonly consumers?: ConsumerPlace | undefined;
}

/**
 * Where the consumers of queues run: in the one workerd process of all Workers, whose one thread answers too, or in a second process
 * with a thread of their own. Default: `own-process`.
 */
export type ConsumerPlace = "beside" | "own-process";

/**
 * A runtime that dies by itself, whichever it is, is started again by miniflare, on the same ports. When that fails there is nothing
 * left to serve, or to consume, and the process ends with an uncaught error that says so: who supervises it starts it again.
 */
export interface Fleet {
  readonly baseUrl: string;
  /** Fires every cron trigger of every config once, now. @returns How many. */
  fireCron(): Promise<number>;
  /** Sends a message as the first Worker that may. @throws Error when no Worker produces for the queue. */
  sendToQueue(queue: string, message: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** @throws When a config or a bundle is wrong, or the port is taken. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const buildDir = join(options.stateDir, "build");
  const plan = await planFleet({ configs: options.configs, buildDir, reuse: options.reuseBuild });
  const workers = await Promise.all(plan.workers.map((worker) => workerOptions(worker, { buildDir, bindings: options.bindings })));
  const split = options.consumers === "beside" ? { serving: workers, consuming: [] } : splitFleet(workers);
  openPublicSocket(split.serving, options.port);
  await using started = new AsyncDisposableStack();
  const { serving } = started.use(await startRuntimes(split, options));
  const baseUrl = (await serving.unsafeGetDirectURL(socketHolder(workers).name)).origin;
  return describeFleet({ serving, triggers: plan.triggers, workers, baseUrl, resources: started.move() });
}

interface Started {
  readonly serving: Miniflare;
  readonly triggers: readonly CronTrigger[];
  readonly workers: readonly V4WorkerOptions[];
  readonly baseUrl: string;
  readonly resources: AsyncDisposableStack;
}

function describeFleet({ serving, triggers, workers, baseUrl, resources }: Started): Fleet {
  return {
    baseUrl,
    fireCron: () => fireCron(serving, triggers),
    async sendToQueue(queue, message) {
      const { binding, worker } = producerOf(workers, queue);
      await (await serving.getQueueProducer(binding, worker)).send(message);
    },
    stop: () => resources.disposeAsync(),
  };
}

interface LocalOptions {
  readonly buildDir: string;
  readonly bindings: Readonly<Record<string, string>>;
}

async function workerOptions({ name, path, options }: PlannedWorker, { buildDir, bindings }: LocalOptions): Promise<V4WorkerOptions> {
  return {
    ...options,
    name,
    modules: [{ type: "ESModule", path, contents: await readFile(path, "utf8") }],
    modulesRoot: buildDir,
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

async function fireCron(miniflare: Miniflare, triggers: readonly CronTrigger[]): Promise<number> {
  for (const { name, cron } of triggers) {
    const worker = await miniflare.getWorker(name);
    const result = await worker.scheduled({ cron, scheduledTime: new Date() });
    if (result.outcome !== "ok") throw new Error(`The cron trigger "${cron}" of ${name} ended with ${result.outcome}`);
  }
  return triggers.length;
}

function producerOf(workers: readonly V4WorkerOptions[], queue: string): { binding: string; worker: string } {
  for (const { name = "", queueProducers = {} } of workers) {
    const producers = Object.entries(queueProducers as Readonly<Record<string, { readonly queueName: string }>>);
    const binding = producers.find(([, producer]) => producer.queueName === queue)?.[0];
    if (binding !== undefined) return { binding, worker: name };
  }
  throw new Error(`No Worker produces for the queue ${queue}`);
}
