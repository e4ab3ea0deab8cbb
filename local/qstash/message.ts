/** What the local QStash keeps, and how it is shown: the vendor's field names are those of its OpenAPI document. */
import { z } from "zod";

const deliverySchema = z.object({
  url: z.string(),
  method: z.string(),
  /** Sent along: `Content-Type` and what was prefixed with `Upstash-Forward-`. */
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** How long the destination may take to answer, ms. */
  timeoutMs: z.number(),
  /** Tries after the first one. */
  maxRetries: z.number(),
  /** `Upstash-Retry-Delay`; null: the vendor's backoff. */
  retryDelay: z.string().nullable(),
  delayMs: z.number(),
});
/** One request that is to reach its destination. */
export type Delivery = z.infer<typeof deliverySchema>;

/** How a callback is sent; its body is made when there is something to say. */
const callbackSchema = deliverySchema.omit({ body: true });
export type Callback = z.infer<typeof callbackSchema>;

const jobSchema = deliverySchema.extend({
  callback: callbackSchema.nullable(),
  failureCallback: callbackSchema.nullable(),
  label: z.string().nullable(),
});
/** What a publisher or a schedule asks for. */
export type Job = z.infer<typeof jobSchema>;

export const messageSchema = jobSchema.extend({
  messageId: z.string(),
  createdAtMs: z.number(),
  /** When it is to be sent first. */
  notBeforeMs: z.number(),
  scheduleId: z.string().nullable(),
});
export type Message = z.infer<typeof messageSchema>;

/** What the destination said last; status 0 when it said nothing. */
const responseSchema = z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });
export type LastResponse = z.infer<typeof responseSchema>;

export const deadLetterSchema = z.object({ dlqId: z.string(), message: messageSchema, response: responseSchema });
/** A message that will not be tried again by itself. */
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const scheduleSchema = z.object({
  scheduleId: z.string(),
  /** As it was sent, a `CRON_TZ=` in front included. */
  cron: z.string(),
  createdAtMs: z.number(),
  lastAtMs: z.number().nullable(),
  job: jobSchema,
});
export type Schedule = z.infer<typeof scheduleSchema>;

const listed = (headers: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

/** A member that the vendor leaves out when there is nothing to say. */
const unlessNull = (members: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));

const wireJob = (job: Job): object => ({
  method: job.method,
  header: listed(job.headers),
  body: job.body,
  ...unlessNull({
    retryDelayExpression: job.retryDelay,
    callback: job.callback?.url ?? null,
    failureCallback: job.failureCallback?.url ?? null,
    label: job.label,
    labels: job.label?.split(",") ?? null,
  }),
});

/** GET /v2/messages/:id. */
export const wireMessage = (message: Message): object => ({
  ...wireJob(message),
  messageId: message.messageId,
  url: message.url,
  maxRetries: message.maxRetries,
  notBefore: message.notBeforeMs,
  createdAt: message.createdAtMs,
  ...unlessNull({ scheduleId: message.scheduleId }),
});

/** GET /v2/dlq/:id and an entry of GET /v2/dlq. */
export const wireDeadLetter = ({ dlqId, message, response }: DeadLetter): object => ({
  ...wireMessage(message),
  dlqId,
  responseStatus: response.status,
  responseHeader: listed(response.headers),
  responseBody: response.body,
});

/** GET /v2/schedules/:id and an entry of GET /v2/schedules. */
export const wireSchedule = ({ schedule, paused, nextAtMs }: KeptSchedule): object => ({
  ...wireJob(schedule.job),
  scheduleId: schedule.scheduleId,
  cron: schedule.cron,
  createdAt: schedule.createdAtMs,
  destination: schedule.job.url,
  retries: schedule.job.maxRetries,
  delay: schedule.job.delayMs / 1_000,
  isPaused: paused,
  nextScheduleTime: nextAtMs,
  ...unlessNull({ lastScheduleTime: schedule.lastAtMs }),
});

/** A schedule with what changes about it. */
export interface KeptSchedule {
  readonly schedule: Schedule;
  readonly paused: boolean;
  readonly nextAtMs: number;
}
