/** Gremlins for tests. */
import type { ChaosCall, Faults, GremlinRule } from "../../contracts/chaos.ts";
import type { DrawFaults } from "../chaos.ts";
import { GremlinSet } from "../gremlin-set.ts";
import { noFaults } from "../draw-faults.ts";

/** A rule that hits every charge with an error, unless the members say otherwise. */
export const rule = (members: Partial<GremlinRule> = {}): GremlinRule => ({
  kind: "error",
  service: "payment",
  operation: null,
  delayMs: members.kind === "latency" ? 500 : null,
  probability: 1,
  seed: 0,
  times: null,
  ...members,
});

/** Draws as the actor would with these gremlins, and notes the calls. */
export function drawAmong(...rules: readonly GremlinRule[]): { readonly draw: DrawFaults; readonly calls: ChaosCall[] } {
  const gremlins = new GremlinSet(rules);
  const calls: ChaosCall[] = [];
  const draw = (call: ChaosCall): Promise<Faults> => {
    calls.push(call);
    return Promise.resolve(gremlins.draw(call) ?? noFaults);
  };
  return { draw, calls };
}
