import type { OrderActorEnv } from "../../durable-objects/order/env.ts";
import { cacheEnv, databaseEnv, once, placementEnv, stockPlacementEnv } from "../../shared/platform/config.ts";

/** The bindings this Worker uses; its strings are read by `ordersConfig` alone. */
export interface OrdersEnv extends OrderActorEnv {
  readonly ORDER_ACTOR: DurableObjectNamespace;
}

export const ordersConfig = once(databaseEnv.and(placementEnv).and(stockPlacementEnv).and(cacheEnv));
