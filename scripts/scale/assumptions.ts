/** What no count can say, with the reason for each value. Everything else in the document is counted or listed. */

export const assumptions = {
  /** Orders/s that the document is about. */
  rates: [1, 100, 10_000],
  /** SKUs over which orders are spread evenly; the hot SKU is looked at apart. */
  skus: 100,
  /** How long an order's object is busy placing it, ms: a payment provider half a second away, and hops and commits of 100 ms in all. */
  placeOrderMs: 600,
  /** How long any other call or alarm keeps its object busy, ms: one commit. */
  otherCallMs: 10,
  /** CPU of gateway and consumers for an order, ms. Objects' CPU is not billed beside their duration. */
  workerCpuMs: 10,
  /** Bytes that Workers Logs adds to each event (request, ids, metadata). No page says; it matters from 2026-12-01 on. */
  logEventOverheadBytes: 1_000,
  /** Orders/s that one compute unit of Neon projects. Not measured on Neon; a compute that is always on has at least 0.25. */
  ordersPerComputeUnit: 500,
  leastComputeUnits: 0.25,
  /** How long everything is kept, days. Nothing is deleted today: longer is more. */
  keptDays: 30,
  /** From a consumer's first message to its last acknowledgement, ms: two round trips to Postgres's region and the calls. */
  batchMs: 500,
} as const;

/** GB that an object is billed for while it runs: 128 MB. */
export const objectGigabytes = 0.128;
export const secondsADay = 86_400;
export const daysAMonth = 30;
