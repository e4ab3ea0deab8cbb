/** What the floor's Workers are bound to, and the shape they run in. */
import type { OrderHost } from "./orders.ts";
import type { PaymentService } from "./payment.ts";
import type { StockHost } from "./stock.ts";

export interface FloorEnv {
  readonly ORDERS: DurableObjectNamespace<OrderHost>;
  readonly STOCK: DurableObjectNamespace<StockHost>;
  readonly PAYMENT: Service<PaymentService>;
  /** How many order objects share the orders. */
  readonly HOSTS: string;
  /** `joined`: orders waiting at the same moment share their commits and calls. */
  readonly ORDERS_RUN: "alone" | "joined";
  /** `worker`: one RPC more for each order. `order`: the order's object does it in its own turn. */
  readonly PAYMENT_IN: "worker" | "order";
  /** `sku`: a stock object for each SKU. `pool`: one for all of them. */
  readonly STOCK_BY: "sku" | "pool";
}

/** The name of the stock object that keeps a SKU. */
export const stockHostOf = ({ STOCK_BY }: FloorEnv, sku: string): string => (STOCK_BY === "pool" ? "pool" : sku);
