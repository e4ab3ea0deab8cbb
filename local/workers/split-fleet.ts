/**
 * Which Workers run where when the consumers of queues have a process of their own. Every Worker serves where it did; one that
 * consumes a queue runs a second time in the other process, with the objects and services of the first.
 */
import type { V4WorkerOptions } from "miniflare";

export interface SplitFleet {
  /** In their order, with every socket, object, cron trigger and entrypoint; they consume nothing. */
  readonly serving: readonly V4WorkerOptions[];
  /** They consume, and host nothing. None when no Worker consumes. */
  readonly consuming: readonly V4WorkerOptions[];
}

/** Neither the options nor what they hold is changed. */
export function splitFleet(workers: readonly V4WorkerOptions[]): SplitFleet {
  const consumers = workers.filter(({ queueConsumers }) => Object.keys(queueConsumers ?? {}).length > 0);
  if (consumers.length === 0) return { serving: workers, consuming: [] };
  return { serving: workers.map((worker) => ({ ...worker, queueConsumers: {} })), consuming: consumers.map(consumerOnly) };
}

/** The name is another one: the processes find each other's Workers by it, and objects and services are the first Worker's. */
function consumerOnly(worker: V4WorkerOptions): V4WorkerOptions {
  const { name = "", durableObjects = {} } = worker;
  return { ...worker, name: `${name}-consumer`, durableObjects: hostedBy(name, durableObjects) };
}

type DurableObjects = NonNullable<V4WorkerOptions["durableObjects"]>;

/** An object without a script's name is the Worker's own, which is now another Worker's. */
function hostedBy(script: string, objects: DurableObjects): DurableObjects {
  const named = Object.entries(objects).map(([binding, object]) => {
    const { className, scriptName = script } = typeof object === "string" ? { className: object } : object;
    return [binding, { className, scriptName }] as const;
  });
  return Object.fromEntries(named);
}
