/**
 * ChaosActor: the gremlins of a deployment, and what each has done.
 *
 * One instance, named "chaos". Invariants: one gremlin for each kind, service and operation; a call is counted before it is
 * told what happens to it, so the n-th call that a gremlin sees is the n-th for ever, across isolates and restarts.
 * Table: gremlins (`store.ts`). No alarms. Called by the gateway (`put`, `list`, `clear`) and, for every call that a gremlin
 * may hit, by the Workers that make it (`draw`). With CHAOS=off nobody calls it.
 */
import { DurableObject } from "cloudflare:workers";
import { drawFaults, noFaults } from "../../shared/chaos/draw-faults.ts";
import { toWireGremlin } from "../../shared/contracts/chaos-mapping.ts";
import type { ChaosActorApi, ChaosCall, Faults, GremlinRule, WireGremlin } from "../../shared/contracts/chaos.ts";
import { chaosEnv, once } from "../../shared/platform/config.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { chaosSchema, ChaosStore } from "./store.ts";

const readConfig = once(chaosEnv);

export class ChaosActor extends DurableObject<object> implements ChaosActorApi {
  readonly #schema: ActorSchema;
  readonly #store: ChaosStore;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    readConfig(env);
    this.#schema = new ActorSchema(ctx.storage, chaosSchema);
    this.#store = new ChaosStore(ctx.storage.sql);
  }

  async put({ enabled, ...rule }: GremlinRule & { readonly enabled: boolean }): Promise<WireGremlin> {
    this.#schema.ensure();
    const gremlin = { ...rule, enabled, seen: 0, fired: 0 };
    this.#store.put(gremlin);
    return toWireGremlin(gremlin);
  }

  async list(): Promise<readonly WireGremlin[]> {
    return this.#schema.exists ? this.#store.all().map(({ id: _id, ...gremlin }) => toWireGremlin(gremlin)) : [];
  }

  async clear(): Promise<void> {
    if (this.#schema.exists) this.#store.clear();
  }

  async draw(call: ChaosCall): Promise<Faults> {
    if (!this.#schema.exists) return noFaults;
    const { faults, changed } = drawFaults(this.#store.all(), call);
    if (changed.size > 0) this.ctx.storage.transactionSync(() => changed.forEach((gremlin) => this.#store.put(gremlin)));
    return faults;
  }
}
