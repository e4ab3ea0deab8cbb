/** The rate at which each limit is met, from what was counted. Pure. */
import { assumptions, secondsADay } from "./assumptions.ts";
import type { Counts } from "./count-orders.ts";
import { dayAt } from "./day.ts";
import { auditJob, limits } from "./limits.ts";
import { sumOf, type Tally } from "./operations.ts";

export interface Capacity {
  readonly what: string;
  /** In words, with its value. */
  readonly limit: string;
  readonly source: string | null;
  /** Orders/s at which it is met: at once (`rate`), or when so many orders are kept (`orders`). */
  readonly meets: { readonly rate: number } | { readonly orders: number };
  /** What the design does about it, and what of that is not built. */
  readonly answer: string;
}

/** In the order in which they are met: rates first. */
export function capacities(counts: Counts): readonly Capacity[] {
  const all = [...rateLimits(counts), ...volumeLimits(counts)];
  const order = ({ meets }: Capacity): number => ("rate" in meets ? meets.rate : 1e9 + meets.orders);
  return all.sort((one, other) => order(one) - order(other));
}

const requestsOf = (tally: Tally, className: string): number => sumOf(tally, "object request", (name) => name.startsWith(`${className}.`));

function rateLimits(counts: Counts): Capacity[] {
  const { tally } = counts.journeys.sold;
  const perObject = limits.objectRequestsPerSecond;
  const perQueue = limits.queueMessagesPerSecond;
  const messages = (queue: string): number => sumOf(tally, "queue write", (name) => name === queue);
  const eventsPerOrder = dayAt(1, counts).log.events / secondsADay;
  const mostMessages = Math.max(...Object.keys(counts.queues).map(messages));
  return [
    {
      what: "The metrics actor, if no isolate has two orders in a second",
      limit: `${perObject.value} requests/s of one object`,
      source: perObject.source,
      meets: { rate: perObject.value / sumOf(counts.loneMetrics, "object request") },
      answer:
        "Isolates sum for a second before they send, so it is met only as far as objects share no isolates; metrics are off the order's path, and one that is refused is sent again. Not built: an actor for each Worker, or Analytics Engine alone.",
    },
    {
      what: "The stock actor of one SKU, if all orders are for it",
      limit: `${perObject.value} requests/s of one object`,
      source: perObject.source,
      meets: { rate: perObject.value / requestsOf(tally, "StockActor") },
      answer:
        "An SKU is an object of its own, so only what sells faster than this is concerned: a hot SKU is split over shards, each with this limit of its own.",
    },
    {
      what: "Workers Logs",
      limit: `${words(limits.logEventsPerDay.value)} events a day and account; 1 in 100 after that`,
      source: limits.logEventsPerDay.source,
      meets: { rate: limits.logEventsPerDay.value / eventsPerOrder / secondsADay },
      answer: "`head_sampling_rate` in each wrangler.toml; the journal of an order is in its actor and in Postgres, not in the log.",
    },
    {
      what: "The queue `order-events`",
      limit: `${words(perQueue.value)} messages/s of one queue`,
      source: perQueue.source,
      meets: { rate: perQueue.value / messages("order-events") },
      answer:
        "What is refused stays in the outbox and is sent again, so nothing is lost, but the projection falls behind. Not built: several queues, chosen by the order's id; a message for a batch of events.",
    },
    {
      what: "The queue `notifications`",
      limit: `${words(perQueue.value)} messages/s of one queue`,
      source: perQueue.source,
      meets: { rate: perQueue.value / messages("notifications") },
      answer: "As `order-events`.",
    },
    {
      what: "Consumers of one queue at once",
      limit: `${limits.queueConcurrency.value} batches, each taken to last ${assumptions.batchMs} ms`,
      source: limits.queueConcurrency.source,
      meets: {
        rate:
          (limits.queueConcurrency.value / (assumptions.batchMs / 1_000)) *
          ((counts.queues["order-events"]?.maxBatchSize ?? 0) / mostMessages),
      },
      answer: "Full batches; more queues.",
    },
  ];
}

function volumeLimits(counts: Counts): Capacity[] {
  const { pooled, postgresBytesPerOrder } = counts;
  return [
    {
      what: "The audit's day: every order is to be looked at once",
      limit: `${words(auditJob.partOrders)} orders a minute besides the newest (the project's own)`,
      source: null,
      meets: { orders: auditJob.partOrders * auditJob.partsADay },
      answer:
        "Beyond that each part of the day is looked at as far as a minute goes; `npm run audit` goes through everything. Retention would bound it.",
    },
    {
      what: "The storage of one host, if all orders are pooled in it",
      limit: `${words(limits.objectBytes.value)} bytes of one object`,
      source: limits.objectBytes.source,
      meets: { orders: limits.objectBytes.value / pooled.hostBytesPerOrder },
      answer: "With `per-order` it is never met. Not built: retention.",
    },
    {
      what: "The ledger of one SKU, if all orders are for it",
      limit: `${words(limits.objectBytes.value)} bytes of one object`,
      source: limits.objectBytes.source,
      meets: { orders: limits.objectBytes.value / pooled.stockBytesPerOrder },
      answer: "Shards have a ledger each. Not built: retention of sold holds.",
    },
    {
      what: "Postgres",
      limit: `${words(limits.postgresBytes.value)} bytes of one branch; rows alone, indexes come on top`,
      source: limits.postgresBytes.source,
      meets: { orders: limits.postgresBytes.value / postgresBytesPerOrder },
      answer:
        "The projection can be built anew and is written with version guards, so tables may be partitioned by time and old parts dropped. Not built: partitions; several databases, chosen by the order's id.",
    },
  ];
}

const words = (value: number): string => value.toLocaleString("en-US");
