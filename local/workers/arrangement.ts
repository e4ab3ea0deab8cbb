/** Which workerd processes a fleet has. A workerd runs all its Workers and objects on one thread, so each process is one more thread. */
import type { V4WorkerOptions } from "miniflare";
import { runtimeRoles, type RuntimeRole } from "./runtime-role.ts";

/** The roles of each process; every role is in exactly one of them. */
export type Arrangement = readonly (readonly RuntimeRole[])[];

/** One process for all, as `npm run dev` is: the least memory, the soonest start, one thread. */
export const oneProcess: Arrangement = [["objects", "front", "consumers"]];

/** Two: what hosts the objects does nothing else. */
export const frontWithConsumers: Arrangement = [["objects"], ["front", "consumers"]];

/** Three: what answers the clients does not wait for what consumes either. */
export const frontBesideConsumers: Arrangement = [["objects"], ["front"], ["consumers"]];

/** What `startFleet` takes when nothing is said. `docs/PERFORMANCE.md` says what was measured. */
export const defaultArrangement: Arrangement = frontWithConsumers;

/**
 * The arrangement as far as these Workers can have it: no process without a Worker, and a public Worker that is alone, or keeps something
 * of its own, stays where things are kept.
 *
 * @param workers The public one first.
 * @throws Error when a role is in no process, or is there twice.
 */
export function fittingArrangement(arrangement: Arrangement, workers: readonly V4WorkerOptions[]): Arrangement {
  assertEachRoleOnce(arrangement);
  const [publicWorker, ...others] = workers;
  const staysWithObjects = publicWorker === undefined || others.length === 0 || keepsSomething(publicWorker);
  const needsConsumers = workers.some(consumes);
  const fits = (role: RuntimeRole, roles: readonly RuntimeRole[]): boolean => {
    if (role === "consumers") return needsConsumers && roles.includes(role);
    if (role === "front" && staysWithObjects) return roles.includes("objects");
    return roles.includes(role);
  };
  return arrangement.map((roles) => runtimeRoles.filter((role) => fits(role, roles))).filter((roles) => roles.length > 0);
}

/** Two processes for one role would run its Workers twice, under one name in miniflare's registry: the later one would be found, or neither. */
function assertEachRoleOnce(arrangement: Arrangement): void {
  const named = arrangement.flat();
  const missing = runtimeRoles.find((role) => !named.includes(role));
  if (missing !== undefined) throw new Error(`No process of the fleet is there for: ${missing}`);
  const again = named.find((role, index) => named.indexOf(role) !== index);
  if (again !== undefined) throw new Error(`More than one process of the fleet is there for: ${again}`);
}

export const consumes = ({ queueConsumers = {} }: V4WorkerOptions): boolean => Object.keys(queueConsumers).length > 0;

/** Only the process of the objects has a disk. */
function keepsSomething({ durableObjects = {}, kvNamespaces = {}, r2Buckets = {}, d1Databases = {} }: V4WorkerOptions): boolean {
  const ownObjects = Object.values(durableObjects).filter((object) => typeof object === "string" || object.scriptName === undefined);
  return [ownObjects, kvNamespaces, r2Buckets, d1Databases].some((kept) => Object.keys(kept).length > 0);
}
