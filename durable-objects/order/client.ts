import type { OrderActorApi } from "../../shared/contracts/rpc.ts";
import { idOfHost } from "../../shared/platform/object-id.ts";
import { actorNameFor, type Placement } from "../../shared/platform/placement.ts";
import { plainRpc, type TextMethods } from "../../shared/platform/rpc.ts";

/** What the actor also answers as a text. */
const texts: TextMethods<OrderActorApi> = { placeOrder: "placeOrderAsText" };

/** The order actor that hosts an idempotency name (`idempotencyName`, or `nameOfOrder(orderId)`). Nothing is called yet. */
export function orderActor(namespace: DurableObjectNamespace, name: string, placement: Placement): OrderActorApi {
  const actorName = actorNameFor(name, placement);
  const id = placement.kind === "pooled" ? idOfHost(namespace, actorName) : namespace.idFromName(actorName);
  return plainRpc<OrderActorApi>(namespace.get(id), texts);
}
