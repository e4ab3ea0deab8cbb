/** The headers of a publish request as the job they ask for. https://upstash.com/docs/qstash/api-reference/messages/publish-a-message */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { parseDuration } from "./duration.ts";
import type { Callback, Delivery, Job } from "./message.ts";
import { evaluateRetryDelay } from "./retry-expression.ts";

/** Answered with its status and `{ error }`. */
export class QstashRequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "QstashRequestError";
    this.status = status;
  }
}

/** Header names in lower case. */
export type JobHeaders = Readonly<Record<string, string>>;

const defaultRetries = 3;
/** The most that any plan of the vendor's takes without being asked. */
const maxRetries = 100;
/** The free plan's longest wait for an answer, ms. */
const longestTimeoutMs = 900_000;
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** To accept and ignore them would be to promise something. */
const unsupported = ["upstash-queue-name", "upstash-flow-control-key", "upstash-flow-control-value", "upstash-redact-fields"];

/** @throws QstashRequestError 400 for anything that is not understood, and for what this server does not do. */
export function readJob({ destination, headers, body }: { destination: string; headers: JobHeaders; body: string }): Job {
  const refused = unsupported.find((name) => name in headers);
  if (refused !== undefined) throw new QstashRequestError(400, `${refused} is not supported by the local QStash`);
  const delivery = readDelivery(headers, { url: destination, prefix: "upstash-", retries: defaultRetries });
  const contentType = headers["content-type"];
  return {
    ...delivery,
    headers: { ...(contentType !== undefined && { "content-type": contentType }), ...delivery.headers },
    body,
    callback: readCallback(headers, { name: "upstash-callback", retries: delivery.maxRetries }),
    failureCallback: readCallback(headers, { name: "upstash-failure-callback", retries: delivery.maxRetries }),
    label: headers["upstash-label"] ?? null,
  };
}

/** When a message published now is to be sent, ms since 1970. `Upstash-Not-Before` wins over `Upstash-Delay`. */
export function notBeforeMs(job: Job, { headers, nowMs }: { headers: JobHeaders; nowMs: number }): number {
  const seconds = headers["upstash-not-before"];
  if (seconds === undefined) return nowMs + job.delayMs;
  return Math.max(nowMs, wholeNumber("upstash-not-before", seconds) * 1_000);
}

/** What makes two messages the same for ten minutes; null when the publisher does not care. */
export function deduplicationId(job: Job, headers: JobHeaders): string | null {
  const chosen = headers["upstash-deduplication-id"];
  if (chosen !== undefined) return `id:${chosen}`;
  if (headers["upstash-content-based-deduplication"] !== "true") return null;
  const content = canonicalJson({ url: job.url, headers: job.headers, body: job.body });
  return `content:${createHash("sha256").update(content).digest("hex")}`;
}

interface DeliveryDefaults {
  readonly url: string;
  /** In front of every header's name; a callback's headers have their own. */
  readonly prefix: string;
  readonly retries: number;
}

function readDelivery(headers: JobHeaders, { url, prefix, retries }: DeliveryDefaults): Omit<Delivery, "body"> {
  const read = (name: string): string | undefined => headers[`${prefix}${name}`];
  const method = (read("method") ?? "POST").toUpperCase();
  if (!methods.includes(method)) throw new QstashRequestError(400, `${prefix}method: ${method} is not one of ${methods.join(", ")}`);
  const chosenRetries = read("retries");
  return {
    url: checkedUrl(url),
    method,
    headers: forwarded(headers, `${prefix}forward-`),
    timeoutMs: Math.min(longestTimeoutMs, duration(`${prefix}timeout`, read("timeout")) ?? longestTimeoutMs),
    maxRetries: chosenRetries === undefined ? retries : Math.min(maxRetries, wholeNumber(`${prefix}retries`, chosenRetries)),
    retryDelay: checkedExpression(read("retry-delay") ?? null),
    delayMs: duration(`${prefix}delay`, read("delay")) ?? 0,
  };
}

function readCallback(headers: JobHeaders, { name, retries }: { name: string; retries: number }): Callback | null {
  const url = headers[name];
  return url === undefined ? null : readDelivery(headers, { url, prefix: `${name}-`, retries });
}

const forwarded = (headers: JobHeaders, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );

function checkedUrl(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new QstashRequestError(400, `invalid destination url: ${url} (URL groups are not supported by the local QStash)`);
}

function checkedExpression(text: string | null): string | null {
  try {
    if (text !== null) evaluateRetryDelay(text, 0);
    return text;
  } catch (error) {
    throw new QstashRequestError(400, `invalid retry delay: ${(error as Error).message}`);
  }
}

function duration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new QstashRequestError(400, `${name}: "${text}" is not a duration such as 10s or 1d10h30m`);
  return ms;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new QstashRequestError(400, `${name}: "${text}" is not a whole number`);
  return Number(text);
}
