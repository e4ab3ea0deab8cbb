/** When what is killed, and how: drawn from a seed. Pure. */
import type { RuntimeRole } from "../../local/workers/runtime-role.ts";
import type { Random } from "../shared/random.ts";

export const targets = ["workerd", "cloud", "postgres", "redis"] as const;
export type Target = (typeof targets)[number];

/** Where Postgres and Redis live: in the cloud's own process, or in servers of their own. */
export type StoreKind = "embedded" | "servers";

/**
 * `tree`: every process of the cloud in one sweep. `parent`: only the Node process, as the system does when memory runs out; the
 * runtime must die with it. `endpoint`: the HTTP endpoint in front of a store closes its port and every connection.
 * `server`: SIGKILL to every process of the store's server. `backend`: SIGKILL to one PostgreSQL backend, after which the server
 * throws everybody out and recovers by itself.
 */
export type Kill =
  /**
   * `how`: the runtime that has this role. `againAfterMs`: the one that is starting in its place is killed too, which the cloud does not
   * survive.
   */
  | { readonly target: "workerd"; readonly afterMs: number; readonly how: RuntimeRole; readonly againAfterMs: number | null }
  | {
      readonly target: "cloud";
      readonly afterMs: number;
      readonly how: "tree" | "parent";
      readonly withServers: boolean;
      /** The cloud that is starting in its place is killed too. */
      readonly againAfterMs: number | null;
    }
  | { readonly target: "postgres"; readonly afterMs: number; readonly how: "endpoint" | "server" | "backend"; readonly downMs: number }
  | { readonly target: "redis"; readonly afterMs: number; readonly how: "endpoint" | "server"; readonly downMs: number };

/** One kill. @param options.among What may be killed. */
export function planKill(random: Random, { among, stores }: { among: readonly Target[]; stores: StoreKind }): Kill {
  const afterMs = planLoadTime(random);
  const target = random.weighted(Object.fromEntries(among.map((name) => [name, weights[name]])) as Record<Target, number>);
  const real = stores === "servers";
  switch (target) {
    case "workerd":
      return { target, afterMs, how: random.weighted(runtimeWeights), againAfterMs: random.chance(0.06) ? random.between(0, 400) : null };
    case "cloud":
      return {
        target,
        afterMs,
        how: random.pick(["tree", "parent"]),
        withServers: real && random.chance(0.4),
        againAfterMs: random.chance(0.12) ? random.between(100, 1_800) : null,
      };
    case "postgres": {
      const how = real ? random.weighted({ server: 50, backend: 25, endpoint: 25 }) : "endpoint";
      return { target, afterMs, how, downMs: random.between(0, 1_200) };
    }
    case "redis": {
      const how = real ? random.weighted({ server: 70, endpoint: 30 }) : "endpoint";
      return { target, afterMs, how, downMs: random.between(0, 600) };
    }
  }
}

/** The runtime holds the actors, so it is killed most. */
const weights: Readonly<Record<Target, number>> = { workerd: 45, cloud: 25, postgres: 20, redis: 10 };

/** The actors are in the first. */
const runtimeWeights: Readonly<Record<RuntimeRole, number>> = { objects: 60, front: 20, consumers: 20 };

/** Load before the kill, ms: mostly short, so that there are many; sometimes long enough for what comes through the queues. */
function planLoadTime(random: Random): number {
  return random.chance(0.8) ? random.between(20, 700) : random.between(700, 3_500);
}
