/**
 * The price list. Dollars, list prices of the Workers Paid plan and of each vendor's pay-as-you-go plan, without taxes. Each was read
 * on `readOn` in a stored copy of its page; `pageDate` is the day that the copy itself gives, null when it gives none.
 */

export const readOn = "2026-11-21";

export interface Price {
  readonly title: string;
  /** What is counted: in the singular when `per` is 1. */
  readonly unit: string;
  /** Dollars for `per` units. */
  readonly dollars: number;
  readonly per: number;
  /** Units that a month's subscription includes. */
  readonly included: number;
  readonly source: string;
  readonly pageDate: string | null;
  readonly note?: string;
  /** Shown, but no part of any sum. */
  readonly isNotBilled?: true;
}

const million = 1_000_000;
const objectPricing = "https://developers.cloudflare.com/durable-objects/platform/pricing/";
const workersPricing = "https://developers.cloudflare.com/workers/platform/pricing/";
const observabilityPricing = "https://developers.cloudflare.com/observability/pricing/";
const neonPlans = "https://neon.com/docs/introduction/plans";

export const prices = {
  workerRequests: {
    title: "Worker requests",
    unit: "requests",
    dollars: 0.3,
    per: million,
    included: 10 * million,
    source: workersPricing,
    pageDate: null,
    note: "Queue batches and cron runs count too (queues/configuration/consumer-concurrency); calls over service bindings do not.",
  },
  workerCpu: {
    title: "Worker CPU time",
    unit: "CPU ms",
    dollars: 0.02,
    per: million,
    included: 30 * million,
    source: workersPricing,
    pageDate: null,
  },
  objectRequests: {
    title: "Durable Object requests",
    unit: "requests",
    dollars: 0.15,
    per: million,
    included: million,
    source: objectPricing,
    pageDate: null,
    note: "Every RPC call of a stub, and every alarm.",
  },
  objectDuration: {
    title: "Durable Object duration",
    unit: "GB-s",
    dollars: 12.5,
    per: million,
    included: 400_000,
    source: objectPricing,
    pageDate: null,
    note: "128 MB for as long as the object runs, or is idle and cannot hibernate.",
  },
  rowsRead: {
    title: "Rows read",
    unit: "rows",
    dollars: 0.001,
    per: million,
    included: 25_000 * million,
    source: objectPricing,
    pageDate: null,
  },
  rowsReadByAudit: {
    title: "Rows read by the scheduled audit",
    unit: "rows",
    dollars: 0.001,
    per: million,
    included: 0,
    source: objectPricing,
    pageDate: null,
    note: "As rows read, which have used up what is included.",
  },
  rowsWritten: {
    title: "Rows written",
    unit: "rows",
    dollars: 1,
    per: million,
    included: 50 * million,
    source: objectPricing,
    pageDate: null,
    note: "Rows of indexes too, deletes, and one for each alarm that is set.",
  },
  objectStorage: {
    title: "Durable Object storage",
    unit: "GB-month",
    dollars: 0.2,
    per: 1,
    included: 5,
    source: objectPricing,
    pageDate: null,
    note: "SQLite storage is billed since 2026-01-07.",
  },
  queueOperations: {
    title: "Queue operations",
    unit: "operations",
    dollars: 0.4,
    per: million,
    included: million,
    source: "https://developers.cloudflare.com/queues/platform/pricing/",
    pageDate: null,
    note: "One for each 64 KB that is written, read or deleted.",
  },
  logEvents: {
    title: "Workers Logs",
    unit: "events",
    dollars: 0.6,
    per: million,
    included: 20 * million,
    source: workersPricing,
    pageDate: null,
    note: "Until 2026-11-30. One for each line and one for each invocation, at a sampling rate of 1.",
  },
  logIngestion: {
    title: "Workers Logs by volume",
    unit: "GB",
    dollars: 0.25,
    per: 1,
    included: 50,
    source: observabilityPricing,
    pageDate: null,
    note: "From 2026-12-01, instead of events. Beside the sum, which has the price of today.",
    isNotBilled: true,
  },
  dataPoints: {
    title: "Analytics Engine",
    unit: "data points",
    dollars: 0.25,
    per: million,
    included: 10 * million,
    source: "https://developers.cloudflare.com/analytics/analytics-engine/pricing/",
    pageDate: null,
    note: "The page: not billed yet. Beside the sum.",
    isNotBilled: true,
  },
  postgresCompute: {
    title: "Neon compute",
    unit: "CU-hour",
    dollars: 0.222,
    per: 1,
    included: 0,
    source: neonPlans,
    pageDate: "2026-11-12",
    note: "Scale plan.",
  },
  postgresStorage: {
    title: "Neon storage",
    unit: "GB-month",
    dollars: 0.35,
    per: 1,
    included: 0,
    source: neonPlans,
    pageDate: "2026-11-12",
  },
  redisCommands: {
    title: "Upstash Redis",
    unit: "commands",
    dollars: 0.2,
    per: 100_000,
    included: 0,
    source: "https://upstash.com/pricing/redis",
    pageDate: "2026-11-09",
    note: "The date is that of another site's copy of the page.",
  },
  qstashMessages: {
    title: "Upstash QStash",
    unit: "messages",
    dollars: 1,
    per: 100_000,
    included: 0,
    source: "https://upstash.com/pricing/qstash",
    pageDate: null,
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
export const priceNames = Object.keys(prices) as readonly PriceName[];
export const priceOf = (name: PriceName): Price => prices[name];

/** Dollars a month of the Workers Paid plan itself. */
export const subscriptionDollars = 5;
