/** The shapes of the floor: how many objects share the orders, and what of their work they do together. */

export interface FloorShape {
  /** Of the report. */
  readonly placement: string;
  /** The Workers' vars. */
  readonly vars: {
    readonly HOSTS: string;
    readonly ORDERS_RUN: "alone" | "joined";
    readonly PAYMENT_IN: "worker" | "order";
    readonly STOCK_BY: "sku" | "pool";
  };
}

export const floorShapes: readonly FloorShape[] = [
  { placement: "64 hosts", vars: { HOSTS: "64", ORDERS_RUN: "alone", PAYMENT_IN: "worker", STOCK_BY: "sku" } },
  { placement: "64 hosts, payment in the order", vars: { HOSTS: "64", ORDERS_RUN: "alone", PAYMENT_IN: "order", STOCK_BY: "sku" } },
  { placement: "4 hosts, joined", vars: { HOSTS: "4", ORDERS_RUN: "joined", PAYMENT_IN: "order", STOCK_BY: "sku" } },
  { placement: "1 host, joined", vars: { HOSTS: "1", ORDERS_RUN: "joined", PAYMENT_IN: "order", STOCK_BY: "sku" } },
  { placement: "1 host, joined, stock pooled", vars: { HOSTS: "1", ORDERS_RUN: "joined", PAYMENT_IN: "order", STOCK_BY: "pool" } },
];
