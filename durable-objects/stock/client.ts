import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";

/** The stock actor of a SKU. Nothing is called yet. */
export function stockActor(namespace: DurableObjectNamespace, sku: string): StockActorApi {
  return plainRpc<StockActorApi>(namespace.get(namespace.idFromName(sku)));
}
