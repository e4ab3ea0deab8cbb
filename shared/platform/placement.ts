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
