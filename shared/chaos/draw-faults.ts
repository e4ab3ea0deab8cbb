/** Which gremlins hit a call. Pure and seeded: the same gremlins see the same calls and hit the same ones. */
import type { ChaosCall, Faults, Gremlin, GremlinRule } from "../contracts/chaos.ts";

export const noFaults: Faults = { delayMs: 0, effect: null };

/** Whether the rule hits the call that it sees as number `counter`, from 0. Does not look at `times`. */
export const decide = (rule: Pick<GremlinRule, "probability" | "seed">, counter: number): boolean =>
  uniform(rule.seed, counter) < rule.probability;

/**
 * What happens to the call. Delays add up; of the other kinds the first that hits is the one, and those after it do not
 * see the call.
 *
 * @returns `changed`: the gremlins that have seen the call, by their places in the list, counted on.
 */
export function drawFaults(
  gremlins: readonly Gremlin[],
  call: ChaosCall,
): { readonly faults: Faults; readonly changed: ReadonlyMap<number, Gremlin> } {
  let faults = noFaults;
  const changed = new Map<number, Gremlin>();
  for (const [index, gremlin] of gremlins.entries()) {
    if (!isAwake(gremlin) || !concerns(gremlin, call) || (gremlin.kind !== "latency" && faults.effect !== null)) continue;
    const hit = decide(gremlin, gremlin.seen);
    changed.set(index, { ...gremlin, seen: gremlin.seen + 1, fired: gremlin.fired + (hit ? 1 : 0) });
    if (hit) faults = mergeFaults(faults, faultsOf(gremlin));
  }
  return { faults, changed };
}

/** Both at once; when each has an effect, the first one's is the one. */
export const mergeFaults = (first: Faults, second: Faults): Faults => ({
  delayMs: first.delayMs + second.delayMs,
  effect: first.effect ?? second.effect,
});

export const hasFaults = ({ delayMs, effect }: Faults): boolean => delayMs > 0 || effect !== null;

const isAwake = ({ enabled, times, fired }: Gremlin): boolean => enabled && (times === null || fired < times);

const concerns = (gremlin: Gremlin, { service, operation }: ChaosCall): boolean =>
  gremlin.service === service && (gremlin.operation === null || gremlin.operation === operation);

const faultsOf = ({ kind, delayMs }: Gremlin): Faults =>
  kind === "latency" ? { delayMs: delayMs ?? 0, effect: null } : { delayMs: 0, effect: kind };

/**
 * A number from 0 up to 1 for each seed and counter: the finalizer of a 32-bit hash over a Weyl sequence ("splitmix32").
 * https://github.com/bryc/code/blob/master/jshash/PRNGs.md#splitmix32
 */
function uniform(seed: number, counter: number): number {
  let hash = (Math.imul(seed, 0x85eb_ca6b) + Math.imul(counter + 1, 0x9e37_79b9)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0_aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a_2d97);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
