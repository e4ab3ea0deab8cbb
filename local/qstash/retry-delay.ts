/** When a delivery that failed is tried again. https://upstash.com/docs/qstash/features/retry */
import { parseDuration } from "./duration.ts";
import { evaluateRetryDelay } from "./retry-expression.ts";

const longestDelayMs = 86_400_000;

/** What a receiver may answer to say when it wants to be asked again; the first that is there counts. */
const retryAfterHeaders = ["retry-after", "x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"];

export interface FailedTry {
  /** Retries before this one; 0 when the first try has failed. */
  readonly retried: number;
  /** `Upstash-Retry-Delay` of the message. */
  readonly expression: string | null;
  /** Of the answer; none when there was no answer. */
  readonly headers: Headers | null;
  readonly nowMs: number;
}

/** What the receiver asked for, else what the publisher asked for, else the vendor's backoff, ms. At most a day. */
export function retryDelayMs({ retried, expression, headers, nowMs }: FailedTry): number {
  const asked = headers === null ? undefined : askedDelayMs(headers, nowMs);
  if (asked !== undefined && asked <= longestDelayMs) return asked;
  return Math.min(longestDelayMs, computedDelayMs(expression, retried) ?? backoffMs(retried + 1));
}

/** undefined without an expression, and for one that has no value at this retry (`0 / (1 - retried)` at the second). */
function computedDelayMs(expression: string | null, retried: number): number | undefined {
  try {
    return expression === null ? undefined : evaluateRetryDelay(expression, retried);
  } catch {
    return undefined;
  }
}

/** The vendor's formula: `min(86400, e ** (2.5 * n))` seconds before the n-th retry, n from 1: 12 s, 2 min 28 s, 30 min. */
export const backoffMs = (n: number): number => Math.min(longestDelayMs, Math.round(Math.exp(2.5 * n) * 1_000));

function askedDelayMs(headers: Headers, nowMs: number): number | undefined {
  const text = retryAfterHeaders.map((name) => headers.get(name)).find((value) => value !== null);
  if (text == null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
