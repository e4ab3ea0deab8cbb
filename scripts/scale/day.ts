/** A day at a rate of sold single-line orders: what was counted for one order, batch and flush, multiplied. Pure. */
import { assumptions, objectGigabytes, secondsADay } from "./assumptions.ts";
import type { Counts } from "./count-orders.ts";
import { auditJob } from "./limits.ts";
import { billedRowsWritten, orderInvocations, queueOperations, sumOf, type Tally } from "./operations.ts";

/** How much of everything. Everything is per day. */
export interface Day {
  /** Orders/s. */
  readonly rate: number;
  readonly orders: number;
  readonly objects: number;
  readonly workerRequests: { readonly gateway: number; readonly batches: number; readonly cron: number };
  readonly objectRequests: { readonly orders: number; readonly metrics: number; readonly audit: number };
  readonly rowsWritten: { readonly orders: number; readonly stock: number; readonly metrics: number };
  readonly rowsRead: { readonly orders: number; readonly audit: number };
  readonly gigabyteSeconds: { readonly orders: number; readonly stock: number; readonly metrics: number };
  /** GB. */
  readonly storedInObjects: number;
  readonly queueMessages: number;
  readonly queueOperations: number;
  readonly postgres: { readonly roundTrips: number; readonly statements: number; readonly rows: number };
  /** GB, rows alone. */
  readonly storedInPostgres: number;
  readonly redisCommands: number;
  readonly qstashMessages: number;
  readonly dataPoints: number;
  readonly log: { readonly lines: number; readonly events: number; readonly gigabytes: number };
}

/**
 * At most and at least of what depends on how the platform spreads objects over isolates. `alone`: no isolate has two orders in one
 * second, so each flushes its own metrics. `shared`: each Worker is one isolate, and flushes once a second.
 */
export type Isolates = "alone" | "shared";

export function dayAt(rate: number, counts: Counts, isolates: Isolates = "alone"): Day {
  const { tally, objects, objectBytes } = counts.journeys.sold;
  const orders = rate * secondsADay;
  const batches = batchesPerSecond(rate, counts) * secondsADay;
  const flushes = flushesPerSecond(rate, counts, isolates);
  const audit = auditMinute(rate, counts);
  const events = orders * (sumOf(tally, "log line") + orderInvocations(tally)) + batches + flushes * secondsADay;
  return {
    rate,
    orders,
    objects: orders * objects,
    workerRequests: { gateway: orders * sumOf(tally, "worker request"), batches, cron: minutesADay },
    objectRequests: {
      orders: orders * sumOf(tally, "object request"),
      metrics: flushes * secondsADay,
      audit: audit.requests * minutesADay,
    },
    rowsWritten: {
      orders: orders * billedRowsWritten(tally, isOrder),
      stock: orders * billedRowsWritten(tally, isStock),
      metrics: metricRowsPerSecond(flushes, counts) * secondsADay,
    },
    rowsRead: { orders: orders * sumOf(tally, "row read"), audit: audit.rowsRead * minutesADay },
    gigabyteSeconds: gigabyteSeconds(rate, counts, isolates),
    storedInObjects: (orders * (objectBytes + counts.pooled.stockBytesPerOrder)) / 1e9,
    queueMessages: orders * sumOf(tally, "queue write"),
    queueOperations: orders * queueOperations(tally),
    postgres: {
      roundTrips: perBatch(tally, "postgres round trip") * batches,
      statements: perBatch(tally, "postgres statement") * batches,
      rows: orders * sumOf(tally, "postgres row written"),
    },
    storedInPostgres: (orders * counts.postgresBytesPerOrder) / 1e9,
    redisCommands: orders * sumOf(tally, "redis command"),
    qstashMessages: minutesADay,
    dataPoints: pointsPerFlush(counts) * flushes * secondsADay,
    log: {
      lines: orders * sumOf(tally, "log line"),
      events,
      gigabytes: (orders * sumOf(tally, "log byte") + events * assumptions.logEventOverheadBytes) / 1e9,
    },
  };
}

const minutesADay = 1_440;
const isOrder = (className: string): boolean => className === "OrderActor";
const isStock = (className: string): boolean => className === "StockActor";

/** What one batch of the queues costs on average; the counted order had one batch of each queue. */
const perBatch = (tally: Tally, meter: "postgres round trip" | "postgres statement"): number =>
  sumOf(tally, meter) / sumOf(tally, "queue batch");

/** A batch is full, or as old as it may get. Orders that are further apart than that have a batch of their own. */
export function batchesPerSecond(rate: number, { journeys, queues }: Counts): number {
  return Object.entries(queues).reduce((sum, [queue, { maxBatchSize, maxBatchTimeout }]) => {
    const messages = rate * sumOf(journeys.sold.tally, "queue write", (name) => name === queue);
    return messages === 0 ? sum : sum + Math.max(Math.min(rate, 1 / maxBatchTimeout), messages / maxBatchSize);
  }, 0);
}

export function flushesPerSecond(rate: number, { loneMetrics }: Counts, isolates: Isolates): number {
  const ofOneOrder = sumOf(loneMetrics, "object request");
  return ofOneOrder * (isolates === "alone" ? rate : Math.min(rate, 1));
}

const pointsPerFlush = ({ loneMetrics }: Counts): number => sumOf(loneMetrics, "data point") / sumOf(loneMetrics, "object request");

/** The metrics actor stores once a second: every series that has changed, and each isolate that has flushed. */
function metricRowsPerSecond(flushes: number, { loneMetrics }: Counts): number {
  const ofOneOrder = sumOf(loneMetrics, "row written");
  const series = sumOf(loneMetrics, "data point");
  const rate = flushes / sumOf(loneMetrics, "object request");
  return Math.min(ofOneOrder * rate, series + flushes);
}

/** The scheduled audit's minute once everything has been kept for so long. What it looks at is capped, and so is what a look reads. */
export function auditMinute(rate: number, { audit, pooled }: Counts): { readonly requests: number; readonly rowsRead: number } {
  const kept = rate * secondsADay * assumptions.keptDays;
  const orders = Math.min(auditJob.recentOrders, kept) + Math.min(auditJob.partOrders, kept / auditJob.partsADay);
  const looks = Math.min(auditJob.recentOrders, kept) + Math.min(auditJob.skus, assumptions.skus);
  const rowsPerOrder =
    sumOf(audit.tally, "row read", isOrder) / sumOf(audit.tally, "object request", (name) => name.startsWith("OrderActor"));
  return {
    requests: orders + looks,
    rowsRead: orders * rowsPerOrder + looks * rowsOfALook(rate, pooled),
  };
}

/** Of one look at one of the SKUs. */
const rowsOfALook = (rate: number, { auditLook: { sums, hold } }: Counts["pooled"]): number =>
  sums + hold * Math.min(auditJob.holdsOfALook, (rate * secondsADay * assumptions.keptDays) / assumptions.skus);

/** An object is billed while it works or waits; what is idle and can hibernate is not. */
function gigabyteSeconds(rate: number, { journeys, loneMetrics }: Counts, isolates: Isolates): Day["gigabyteSeconds"] {
  const { tally } = journeys.sold;
  const orders = rate * secondsADay;
  const ofOrder = sumOf(tally, "object request", (name) => name.startsWith("OrderActor"));
  const ofStock = sumOf(tally, "object request", (name) => name.startsWith("StockActor"));
  const waitedMs = sumOf(loneMetrics, "waited ms", isOrder) * (isolates === "alone" ? 1 : Math.min(1, 1 / rate));
  const orderMs = assumptions.placeOrderMs + (ofOrder - 1) * assumptions.otherCallMs + waitedMs;
  const stockSeconds = Math.min(orders * ofStock * (assumptions.otherCallMs / 1_000), assumptions.skus * secondsADay);
  return {
    orders: orders * (orderMs / 1_000) * objectGigabytes,
    stock: stockSeconds * objectGigabytes,
    metrics: Math.min(1, rate) * secondsADay * objectGigabytes,
  };
}
