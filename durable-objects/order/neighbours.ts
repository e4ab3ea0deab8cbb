/** What an order actor calls, and what may come between. */
import type { PaymentApi, StockActorApi } from "../../shared/contracts/rpc.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import type { OrderChaos } from "../chaos/order-chaos.ts";
import { stockActor } from "../stock/client.ts";
import type { OrderActorEnv } from "./env.ts";

export interface Neighbours {
  readonly stock: (sku: string) => StockActorApi;
  readonly payment: PaymentApi;
  readonly events: Pick<Queue, "sendBatch">;
  readonly notifications: Pick<Queue, "sendBatch">;
}

/** @param chaos undefined with CHAOS=off: then nothing comes between. */
export function neighboursOf(env: OrderActorEnv, chaos: OrderChaos | undefined): Neighbours {
  const neighbours: Neighbours = {
    stock: (sku) => stockActor(env.STOCK_ACTOR, sku),
    payment: plainRpc<PaymentApi>(env.PAYMENT),
    events: env.ORDER_EVENTS,
    notifications: env.NOTIFICATIONS_QUEUE,
  };
  return chaos === undefined ? neighbours : chaos.around(neighbours);
}
