/** What an order actor calls, and what may come between. */
import type { QueueSender } from "../../shared/chaos/chaotic-queue.ts";
import type { PaymentApi } from "../../shared/contracts/rpc.ts";
import { once, placementEnv, stockPlacementEnv } from "../../shared/platform/config.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import type { OrderChaos } from "../chaos/order-chaos.ts";
import { queueSender } from "../kernel/queue-sender.ts";
import type { OrderActorEnv } from "./env.ts";
import { JoinedPayment, type OrderPaymentApi } from "./joined-payment.ts";
import { JoinedStock, type OrderStockApi } from "./joined-stock.ts";

export interface Neighbours {
  readonly stock: (sku: string) => OrderStockApi;
  readonly payment: OrderPaymentApi;
  readonly events: QueueSender;
  readonly notifications: QueueSender;
}

const readStockPlacement = once(stockPlacementEnv);
const readPlacement = once(placementEnv);

/** In an object that other orders share a hold of theirs follows soon; where there is one order, none does. */
const salePatienceMs = { pooled: 30, "per-order": 0 } as const;

/** @param chaos undefined with CHAOS=off: then nothing comes between. */
export function neighboursOf(env: OrderActorEnv, chaos: OrderChaos | undefined): Neighbours {
  const stock = new JoinedStock(env.STOCK_ACTOR, readStockPlacement(env).stockPlacement, salePatienceMs[readPlacement(env).placement.kind]);
  const neighbours: Neighbours = {
    stock: (sku) => stock.of(sku),
    payment: new JoinedPayment(plainRpc<PaymentApi>(env.PAYMENT)),
    events: queueSender(env.ORDER_EVENTS),
    notifications: queueSender(env.NOTIFICATIONS_QUEUE),
  };
  return chaos === undefined ? neighbours : chaos.around(neighbours);
}
