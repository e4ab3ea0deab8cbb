import type { OrderActorApi } from "../../shared/contracts/rpc.ts";
import { actorNameFor, type Placement } from "../../shared/platform/placement.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";

/** The order actor that hosts an idempotency name (`idempotencyName`, or `nameOfOrder(orderId)`). Nothing is called yet. */
export function orderActor(namespace: DurableObjectNamespace, name: string, placement: Placement): OrderActorApi {
  return plainRpc<OrderActorApi>(namespace.get(namespace.idFromName(actorNameFor(name, placement))));
}
