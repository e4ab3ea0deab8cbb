/** What the floor's Workers are bound to, and the shape they run in. */
import type { OrderHost } from "./orders.ts";
import type { PaymentService } from "./payment.ts";
import type { StockHost } from "./stock.ts";

export interface FloorEnv {
  readonly ORDERS: DurableObjectNamespace<OrderHost>;
  readonly STOCK: DurableObjectNamespace<StockHost>;
  readonly PAYMENT: Service<PaymentService>;
  readonly ORDER_EVENTS: Queue<string>;
  readonly NOTIFICATIONS: Queue<string>;
  /** How many order objects share the orders. */
  readonly HOSTS: string;
  /** `joined`: orders waiting at the same moment share their commits and calls. */
  readonly ORDERS_RUN: "alone" | "joined";
  /** `joined`: orders that wait in the gateway at the same moment are one call to their object. */
  readonly REQUESTS_RUN: "alone" | "joined";
  /** `worker`: one RPC more for each order. `order`: the order's object does it in its own turn. */
  readonly PAYMENT_IN: "worker" | "order";
  /** `sku`: a stock object for each SKU. `pool`: one for all of them. */
  readonly STOCK_BY: "sku" | "pool";
  /** `yes`: each outcome is an event that goes through queues into the durable records, and to the customer. */
  readonly RECORDS: "no" | "yes";
  readonly DATABASE_URL: string;
  /** Where the database answers over HTTP. */
  readonly DATABASE_ENDPOINT: string;
}

/** The name of the stock object that keeps a SKU. */
export const stockHostOf = ({ STOCK_BY }: FloorEnv, sku: string): string => (STOCK_BY === "pool" ? "pool" : sku);

/** The name of the order object that has the order with this key. */
export const orderHostOf = ({ HOSTS }: FloorEnv, key: string): string => `host-${hash(key) % Number(HOSTS)}`;

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
