import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { stockObjectNameFor, type StockPlacement } from "../../shared/platform/placement.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";

/** The stock actor of a SKU. Nothing is called yet. */
export function stockActor(namespace: DurableObjectNamespace, sku: string, placement: StockPlacement): StockActorApi {
  return plainRpc<StockActorApi>(namespace.get(namespace.idFromName(stockObjectNameFor(sku, placement))));
}
