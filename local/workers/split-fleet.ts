/**
 * Which Workers run where when a fleet has several processes. Every Worker runs once with all it has, the public one in front and the
 * others with the objects. One that consumes a queue where the consumers are not runs a second time where they are, with the objects and
 * services of the first.
 */
import type { V4WorkerOptions } from "miniflare";
import { consumes, fittingArrangement, type Arrangement } from "./arrangement.ts";
import type { RuntimeRole } from "./runtime-role.ts";

export interface FleetProcess {
  readonly roles: readonly RuntimeRole[];
  /** At least one, in their order; those that only consume come last. */
  readonly workers: readonly V4WorkerOptions[];
}

/**
 * Neither the options nor what they hold is changed.
 *
 * @param workers The public one first.
 * @returns As many processes as the arrangement has, or fewer (`fittingArrangement`).
 */
export function splitFleet(workers: readonly V4WorkerOptions[], arrangement: Arrangement): readonly FleetProcess[] {
  const processes = fittingArrangement(arrangement, workers);
  const front = processes.find((roles) => roles.includes("front"));
  const objects = processes.find((roles) => roles.includes("objects"));
  const homeOf = (worker: V4WorkerOptions) => (worker === workers[0] ? front : objects);
  return processes.map((roles) => {
    const consumesHere = roles.includes("consumers");
    const atHome = workers.filter((worker) => homeOf(worker) === roles);
    const visiting = workers.filter((worker) => consumesHere && consumes(worker) && homeOf(worker) !== roles);
    return {
      roles,
      workers: [...atHome.map((worker) => (consumesHere ? worker : withoutConsumers(worker))), ...visiting.map(consumerOnly)],
    };
  });
}

const withoutConsumers = (worker: V4WorkerOptions): V4WorkerOptions => ({ ...worker, queueConsumers: {} });

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

/** Whether one of them calls an object or a service of a Worker that is not among them. */
export function bindsElsewhere(workers: readonly V4WorkerOptions[]): boolean {
  const here = new Set(workers.map(({ name }) => name));
  const called = workers.flatMap(({ serviceBindings = {}, durableObjects = {} }) => [
    ...Object.values(serviceBindings).map((service) => nameIn(service, "name")),
    ...Object.values(durableObjects).map((object) => nameIn(object, "scriptName")),
  ]);
  return called.some((name) => name !== undefined && !here.has(name));
}

/** undefined for what leads to no Worker by its name, as a function does; a text is the name of a service, or of a class of the Worker's own. */
function nameIn(binding: unknown, member: "name" | "scriptName"): string | undefined {
  if (typeof binding === "string") return member === "name" ? binding : undefined;
  const name = typeof binding === "object" && binding !== null ? (binding as Record<string, unknown>)[member] : undefined;
  return typeof name === "string" ? name : undefined;
}
