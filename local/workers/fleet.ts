/**
 * All Workers on workerd, from their real wrangler configs: bindings, queues, Durable Objects, crons and assets are read by wrangler
 * itself and never written twice. The public Worker has a socket of its own, with nothing in between.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { V4WorkerOptions } from "miniflare";
import { defaultArrangement, type Arrangement } from "./arrangement.ts";
import { planFleet, type PlannedWorker } from "./fleet-plan.ts";
import { socketHolder, withPublicSocket } from "./public-socket.ts";
import { startRuntimes, type Runtimes } from "./runtimes.ts";
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
  /** Which workerd processes there are. Default: `defaultArrangement`. */
  readonly arrangement?: Arrangement | undefined;
}

/**
 * A runtime that dies by itself, whichever it is, is started again by miniflare, on the same ports. When that fails there is nothing
 * left that does its work, and the process ends with an uncaught error that says so: who supervises it starts it again.
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
  const socket = { serviceName: publicName(plan.workers), port: options.port };
  const processes = withPublicSocket(splitFleet(workers, options.arrangement ?? defaultArrangement), socket);
  await using started = new AsyncDisposableStack();
  const runtimes = started.use(await startRuntimes(processes, options));
  const baseUrl = (await runtimes.runtimeOf(socketHolder).unsafeGetDirectURL(socketHolder)).origin;
  return describeFleet({ runtimes, triggers: plan.triggers, workers, baseUrl, resources: started.move() });
}

function publicName([first]: readonly PlannedWorker[]): string {
  if (first === undefined) throw new Error("There is no Worker to start");
  return first.name;
}

interface Started {
  readonly runtimes: Runtimes;
  readonly triggers: readonly CronTrigger[];
  readonly workers: readonly V4WorkerOptions[];
  readonly baseUrl: string;
  readonly resources: AsyncDisposableStack;
}

function describeFleet({ runtimes, triggers, workers, baseUrl, resources }: Started): Fleet {
  return {
    baseUrl,
    fireCron: () => fireCron(runtimes, triggers),
    async sendToQueue(queue, message) {
      const { binding, worker } = producerOf(workers, queue);
      await (await runtimes.runtimeOf(worker).getQueueProducer(binding, worker)).send(message);
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

async function fireCron(runtimes: Runtimes, triggers: readonly CronTrigger[]): Promise<number> {
  for (const { name, cron } of triggers) {
    const worker = await runtimes.runtimeOf(name).getWorker(name);
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
