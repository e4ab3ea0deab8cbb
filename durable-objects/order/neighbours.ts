/** What an order actor calls, and what may come between. */
import type { QueueSender } from "../../shared/chaos/chaotic-queue.ts";
import type { PaymentApi } from "../../shared/contracts/rpc.ts";
import { once, stockPlacementEnv } from "../../shared/platform/config.ts";
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

const readPlacement = once(stockPlacementEnv);

/** @param chaos undefined with CHAOS=off: then nothing comes between. */
export function neighboursOf(env: OrderActorEnv, chaos: OrderChaos | undefined): Neighbours {
  const stock = new JoinedStock(env.STOCK_ACTOR, readPlacement(env).stockPlacement);
  const neighbours: Neighbours = {
    stock: (sku) => stock.of(sku),
    payment: new JoinedPayment(plainRpc<PaymentApi>(env.PAYMENT)),
    events: queueSender(env.ORDER_EVENTS),
    notifications: queueSender(env.NOTIFICATIONS_QUEUE),
  };
  return chaos === undefined ? neighbours : chaos.around(neighbours);
}
