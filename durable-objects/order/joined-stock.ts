/** The stock actors as an order host calls them: holds and sales that its orders ask for in the same moment go as one call. */
import type { Joined, ReserveReply, StockActorApi } from "../../shared/contracts/rpc.ts";
import { stockObjectNameFor, type StockPlacement } from "../../shared/platform/placement.ts";
import { parseShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { JoinedCalls } from "../kernel/joined-calls.ts";
import { stockActor } from "../stock/client.ts";
import { learnShards } from "./shard-hints.ts";

/** What an order asks of its lines' stock. */
export type OrderStockApi = Pick<StockActorApi, "reserve" | "release" | "commit" | "restock">;

type Command<Method extends keyof OrderStockApi> = Parameters<OrderStockApi[Method]>[0];

interface JoinedObject {
  readonly reserve: JoinedCalls<Command<"reserve">, ReserveReply | "dry">;
  readonly commit: JoinedCalls<Command<"commit">, null>;
}

/** Objects that are remembered, to join calls to them: what is asked for need not exist, so it must not add up. */
const maxObjects = 1_000;

export class JoinedStock {
  readonly #namespace: DurableObjectNamespace;
  readonly #placement: StockPlacement;
  /** By the name of the object: one for each that this host has called. */
  readonly #objects = new Map<string, JoinedObject>();

  constructor(namespace: DurableObjectNamespace, placement: StockPlacement) {
    this.#namespace = namespace;
    this.#placement = placement;
  }

  /** @param sku Or the key of a shard. Nothing is called yet. */
  of(sku: string): OrderStockApi {
    return {
      reserve: async (command) => {
        const joined = await this.#object(sku).reserve.call(command);
        const reply = joined === "dry" ? await this.#actor(sku).reserve(command) : joined;
        learnFrom(reply, sku);
        return reply;
      },
      commit: async (command) => {
        await this.#object(sku).commit.call(command);
      },
      release: (command) => this.#actor(sku).release(command),
      restock: (command) => this.#actor(sku).restock(command),
    };
  }

  #object(sku: string): JoinedObject {
    const name = stockObjectNameFor(sku, this.#placement);
    let object = this.#objects.get(name);
    if (object === undefined) {
      // What is under way keeps itself.
      if (this.#objects.size >= maxObjects) this.#objects.clear();
      object = {
        reserve: new JoinedCalls((commands) => this.#reserve(commands)),
        commit: new JoinedCalls((commands) => this.#actor(sku).commitMany(commands)),
      };
      this.#objects.set(name, object);
    }
    return object;
  }

  /** Who asks alone keeps nobody waiting, so it may wait there at once if it must. */
  async #reserve(commands: readonly Command<"reserve">[]): Promise<readonly Joined<ReserveReply | "dry">[]> {
    const [first, ...others] = commands;
    if (first === undefined) return [];
    const actor = this.#actor(first.sku);
    return others.length === 0 ? [{ ok: true, reply: await actor.reserve(first) }] : actor.reserveMany(commands);
  }

  #actor(sku: string): StockActorApi {
    return stockActor(this.#namespace, sku, this.#placement);
  }
}

function learnFrom(reply: ReserveReply, key: string): void {
  const shards = reply.ok ? reply.levels.shards : reply.code === "out_of_stock" ? reply.shards : undefined;
  if (shards !== undefined) learnShards(parseShardKey(key).sku, shards);
}
