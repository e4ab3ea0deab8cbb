/** The gremlins that requests have brought along for their orders, while those requests are answered. */
import { noFaults } from "../../shared/chaos/draw-faults.ts";
import { GremlinSet } from "../../shared/chaos/gremlin-set.ts";
import type { ChaosCall, Faults, GremlinRule } from "../../shared/contracts/chaos.ts";

/** What an order's end tells others is sent as the answer leaves, so gremlins of that stay this much longer, ms. */
const lingerMs = 1_000;

interface Load {
  readonly orderId: string;
  readonly gremlins: GremlinSet;
  /** null while the request is answered. */
  endedAtMs: number | null;
}

export class CarriedGremlins {
  readonly #now: () => number;
  #loads: readonly Load[] = [];

  /** @param now Milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now until the answer's end these meet the order's calls. Their counts begin at 0 with every request. */
  async carry<Answer>(orderId: string, rules: readonly GremlinRule[], answer: () => Promise<Answer>): Promise<Answer> {
    const load: Load = { orderId, gremlins: new GremlinSet(rules), endedAtMs: null };
    this.#loads = [...this.#loads.filter((other) => !this.#isOver(other)), load];
    try {
      return await answer();
    } finally {
      load.endedAtMs = this.#now();
    }
  }

  /** Whether gremlins wait for the call. */
  concern(call: ChaosCall): boolean {
    return this.#waitingFor(call).some(({ gremlins }) => gremlins.hasAnyFor(call.service));
  }

  /** Counts the call, for the first request whose gremlins are there for it. */
  draw(call: ChaosCall): Faults {
    for (const { gremlins } of this.#waitingFor(call)) {
      const faults = gremlins.draw(call);
      if (faults !== null) return faults;
    }
    return noFaults;
  }

  #waitingFor(call: ChaosCall): readonly Load[] {
    const lingers = call.service === "queues" || call.operation === "sale";
    return this.#loads.filter((load) => load.orderId === call.orderId && (load.endedAtMs === null || (lingers && !this.#isOver(load))));
  }

  #isOver({ endedAtMs }: Load): boolean {
    return endedAtMs !== null && this.#now() > endedAtMs + lingerMs;
  }
}
