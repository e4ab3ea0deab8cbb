/** Where actors live: which Durable Object hosts an order or an SKU. The class of the object does not know the difference. */

/**
 * Where an order's actor lives. `per-order`: one Durable Object for each order. `pooled`: a fixed number of hosts share
 * them; the number must not change while a deployment lives, or orders would be looked for in the wrong host.
 */
export type Placement = { readonly kind: "per-order" } | { readonly kind: "pooled"; readonly hosts: number };

/** The name of the Durable Object that hosts an idempotency name (and so the order made of it). */
export function actorNameFor(idempotencyName: string, placement: Placement): string {
  if (placement.kind === "per-order") return idempotencyName;
  return `host-${Number.parseInt(idempotencyName.slice(0, 8), 16) % placement.hosts}`;
}

/**
 * Where an SKU's ledger lives. `per-sku`: one Durable Object for each SKU. `pooled`: a fixed number of hosts share them, so that
 * what many orders want of many SKUs at the same moment is one call and one commit; the number must not change while a
 * deployment lives.
 */
export type StockPlacement = { readonly kind: "per-sku" } | { readonly kind: "pooled"; readonly hosts: number };

/** The name of the Durable Object that hosts an SKU. */
export function stockObjectNameFor(sku: string, placement: StockPlacement): string {
  return placement.kind === "per-sku" ? sku : `stock-${fnv1a(sku) % placement.hosts}`;
}

/** FNV-1a, 32 bits (draft-eastlake-fnv): spreads evenly and needs no await. Nothing is hidden by it. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
