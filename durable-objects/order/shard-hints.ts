/**
 * Over how many objects SKUs are spread, as stock actors last said. Shared by all orders of an isolate, so that a new order finds
 * what others have heard. A hint: an order's shard is fixed with its acceptance, and every shard is a right one.
 */
import type { PlacedLine } from "../../shared/domain/order/events.ts";
import { shardOf } from "../../shared/domain/stock/shards/shard-of.ts";

/** SKUs remembered: those that are split are few. */
const maxSkus = 10_000;
const spread = new Map<string, number>();

export function learnShards(sku: string, shards: number): void {
  if (shards <= 1) spread.delete(sku);
  else if (spread.size < maxSkus || spread.has(sku)) spread.set(sku, shards);
}

/** The lines of an order that is being accepted, with the object that each is asked of from then on. */
export function withShards(orderId: string, items: readonly PlacedLine[]): readonly PlacedLine[] {
  if (spread.size === 0) return items;
  return items.map((item) => ({ ...item, shard: shardOf(orderId, spread.get(item.sku) ?? 1) }));
}

/** As in a new isolate. */
export function forgetShards(): void {
  spread.clear();
}
