/**
 * The stock actors as an order host calls them: holds that its orders ask for in the same moment go as one call, and the sales of orders
 * that were paid before go with them.
 */
import type { Joined, ReserveReply, StockActorApi, StockWish } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { stockObjectNameFor, type StockPlacement } from "../../shared/platform/placement.ts";
import { parseShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { JoinedCalls } from "../kernel/joined-calls.ts";
import { stockActor } from "../stock/client.ts";
import { learnShards } from "./shard-hints.ts";

/** What an order asks of its lines' stock. */
export type OrderStockApi = Pick<StockActorApi, "reserve" | "release" | "commit" | "restock">;

type ObjectCalls = JoinedCalls<StockWish, ReserveReply | "dry" | null>;

/** Objects that are remembered, to join calls to them: what is asked for need not exist, so it must not add up. */
const maxObjects = 1_000;

export class JoinedStock {
  readonly #namespace: DurableObjectNamespace;
  readonly #placement: StockPlacement;
  readonly #salePatienceMs: number;
  /** By the name of the object: one for each that this host has called. */
  readonly #objects = new Map<string, ObjectCalls>();

  /** @param salePatienceMs How long a sale, which nobody waits for, waits for a hold to go with: a call and a commit less. */
  constructor(namespace: DurableObjectNamespace, placement: StockPlacement, salePatienceMs: number) {
    this.#namespace = namespace;
    this.#placement = placement;
    this.#salePatienceMs = salePatienceMs;
  }

  /** @param sku Or the key of a shard. Nothing is called yet. */
  of(sku: string): OrderStockApi {
    return {
      reserve: async (command) => {
        const joined = await this.#object(sku).call({ kind: "reserve", ...command });
        assert(joined !== null, "a hold was answered as a sale");
        const reply = joined === "dry" ? await this.#actor(sku).reserve(command) : joined;
        learnFrom(reply, sku);
        return reply;
      },
      commit: async (command) => {
        await this.#object(sku).callWithNext({ kind: "commit", ...command }, this.#salePatienceMs);
      },
      release: (command) => this.#actor(sku).release(command),
      restock: (command) => this.#actor(sku).restock(command),
    };
  }

  #object(sku: string): ObjectCalls {
    const name = stockObjectNameFor(sku, this.#placement);
    let object = this.#objects.get(name);
    if (object === undefined) {
      // What is under way keeps itself.
      if (this.#objects.size >= maxObjects) this.#objects.clear();
      object = new JoinedCalls((wishes) => this.#ask(this.#actor(sku), wishes));
      this.#objects.set(name, object);
    }
    return object;
  }

  async #ask(actor: StockActorApi, wishes: readonly StockWish[]): Promise<readonly Joined<ReserveReply | "dry" | null>[]> {
    const holds = wishes.filter((wish) => wish.kind === "reserve");
    const sales = wishes.filter((wish) => wish.kind === "commit");
    if (holds.length === 0) return actor.commitMany(sales);
    if (sales.length > 0) return actor.reserveAndCommit(wishes);
    const [first, ...others] = holds;
    // Who asks alone keeps nobody waiting, so it may wait there at once if it must.
    return first !== undefined && others.length === 0 ? [{ ok: true, reply: await actor.reserve(first) }] : actor.reserveMany(holds);
  }

  #actor(sku: string): StockActorApi {
    return stockActor(this.#namespace, sku, this.#placement);
  }
}

function learnFrom(reply: ReserveReply, key: string): void {
  const shards = reply.ok ? reply.levels.shards : reply.code === "out_of_stock" ? reply.shards : undefined;
  if (shards !== undefined) learnShards(parseShardKey(key).sku, shards);
}
