import type { ChaosCall, ChaosService, Faults, Gremlin, GremlinRule } from "../contracts/chaos.ts";
import { drawFaults } from "./draw-faults.ts";

/** The gremlins of one request, counted in memory: they end with it. */
export class GremlinSet {
  #gremlins: readonly Gremlin[];

  constructor(rules: readonly GremlinRule[]) {
    this.#gremlins = rules.map((rule) => ({ ...rule, enabled: true, seen: 0, fired: 0 }));
  }

  hasAnyFor(service: ChaosService): boolean {
    return this.#gremlins.some((gremlin) => gremlin.service === service);
  }

  /** Counts the call. null when none of them is there for it. */
  draw(call: ChaosCall): Faults | null {
    const { faults, changed } = drawFaults(this.#gremlins, call);
    this.#gremlins = this.#gremlins.map((gremlin, index) => changed.get(index) ?? gremlin);
    return changed.size === 0 ? null : faults;
  }
}
