/** The shapes of the floor: how many objects share the orders, what of their work they do together, and whether it ends with the answer. */
import { frontWithConsumers, oneProcess, type Arrangement } from "../../../local/workers/arrangement.ts";

export interface FloorShape {
  /** Of the report. */
  readonly placement: string;
  /** The workerd processes. */
  readonly arrangement: Arrangement;
  /** The Workers' vars. */
  readonly vars: {
    readonly HOSTS: string;
    readonly REQUESTS_RUN: "alone" | "joined";
    readonly ORDERS_RUN: "alone" | "joined";
    readonly PAYMENT_IN: "worker" | "order";
    readonly STOCK_BY: "sku" | "pool";
    readonly RECORDS: "no" | "yes";
  };
}

const alone = { HOSTS: "64", REQUESTS_RUN: "alone", ORDERS_RUN: "alone", PAYMENT_IN: "worker", STOCK_BY: "sku", RECORDS: "no" } as const;
const joined = { ...alone, HOSTS: "1", ORDERS_RUN: "joined", PAYMENT_IN: "order" } as const;
const pooled = { ...joined, STOCK_BY: "pool" } as const;
/** A call from one process to another costs as much as all the rest of an order, so requests share them. */
const apart = { ...pooled, REQUESTS_RUN: "joined" } as const;

export const floorShapes: readonly FloorShape[] = [
  { placement: "64 hosts", arrangement: oneProcess, vars: alone },
  { placement: "64 hosts, payment in the order", arrangement: oneProcess, vars: { ...alone, PAYMENT_IN: "order" } },
  { placement: "4 hosts, joined", arrangement: oneProcess, vars: { ...joined, HOSTS: "4" } },
  { placement: "1 host, joined", arrangement: oneProcess, vars: joined },
  { placement: "1 host, joined, stock pooled", arrangement: oneProcess, vars: pooled },
  { placement: "1 host, joined, stock pooled, gateway apart", arrangement: frontWithConsumers, vars: apart },
  { placement: "1 host, joined, stock pooled, with records", arrangement: oneProcess, vars: { ...pooled, RECORDS: "yes" } },
  {
    placement: "1 host, joined, stock pooled, gateway apart, with records",
    arrangement: frontWithConsumers,
    vars: { ...apart, RECORDS: "yes" },
  },
];
