/** Limits of the platform that the counts are held against, each with its page; read as the prices were. */

export interface PlatformLimit {
  readonly value: number;
  readonly source: string;
}

const docs = "https://developers.cloudflare.com";

export const limits = {
  /** Requests/s of one object that writes: the lower end of "200-500". */
  objectRequestsPerSecond: { value: 200, source: `${docs}/durable-objects/best-practices/rules-of-durable-objects/` },
  objectBytes: { value: 10_000_000_000, source: `${docs}/durable-objects/platform/limits/` },
  queueMessagesPerSecond: { value: 5_000, source: `${docs}/queues/platform/limits/` },
  queueConcurrency: { value: 250, source: `${docs}/queues/platform/limits/` },
  subrequestsPerInvocation: { value: 10_000, source: `${docs}/workers/platform/limits/` },
  logEventsPerDay: { value: 5_000_000_000, source: `${docs}/workers/observability/logs/workers-logs/` },
  dataPointsPerInvocation: { value: 250, source: `${docs}/analytics/analytics-engine/limits/` },
  postgresBytes: { value: 16_000_000_000_000, source: "https://neon.com/docs/introduction/plans" },
  redisCommandsPerSecond: { value: 10_000, source: "https://upstash.com/docs/redis/overall/billing" },
} as const satisfies Record<string, PlatformLimit>;

/**
 * How many orders one run of the audit job looks at (`workers/orders/audit-job.ts`), and how many holds it reads with a look at an SKU
 * (`audit-holds.ts`); a test compares.
 */
export const auditJob = { recentOrders: 300, partOrders: 1_000, skus: 100, partsADay: 1_440, holdsOfALook: 100 } as const;
