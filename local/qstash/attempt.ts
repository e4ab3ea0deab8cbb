/** One try to deliver a message, and what follows from its outcome. */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Clock } from "./clock.ts";
import type { Delivery, LastResponse, Message } from "./message.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { sign } from "./signature.ts";

/** Sends one request. Anything but an answer is thrown. */
export type Send = (request: Request) => Promise<Response>;

/** Characters that are kept of what a destination answered. */
const keptBody = 64 * 1024;

export interface Attempt {
  readonly delivered: boolean;
  /** Trying again would be for nothing, says the destination. */
  readonly final: boolean;
  readonly response: LastResponse;
  readonly headers: Headers | null;
}

export interface AttemptContext {
  readonly send: Send;
  readonly clock: Clock;
  readonly signingKey: string;
  readonly retried: number;
  /** Gives the try up; nothing is known of it then. */
  readonly signal: AbortSignal;
}

/** Signs and sends. @throws Only what `signal` was aborted with. */
export async function attemptDelivery(message: Message, context: AttemptContext): Promise<Attempt> {
  const late = new AbortController();
  const forget = context.clock.after(message.timeoutMs, () => late.abort(new Error(`no answer in ${message.timeoutMs} ms`)));
  try {
    const signal = AbortSignal.any([late.signal, context.signal]);
    return await outcomeOf(await context.send(await toRequest(message, { ...context, signal })));
  } catch (error) {
    context.signal.throwIfAborted();
    const body = describe(late.signal.aborted ? late.signal.reason : error);
    return { delivered: false, final: false, response: { status: 0, headers: {}, body }, headers: null };
  } finally {
    forget();
  }
}

async function outcomeOf(response: Response): Promise<Attempt> {
  const body = (await response.text()).slice(0, keptBody);
  // https://upstash.com/docs/qstash/features/retry: how a destination asks not to be asked again.
  const final = response.status === 489 && response.headers.get("upstash-nonretryable-error") === "true";
  const kept = { status: response.status, headers: Object.fromEntries(response.headers), body };
  return { delivered: response.ok, final, response: kept, headers: response.headers };
}

/** Node's fetch says only "fetch failed"; why is in its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error) || error.cause === undefined) return describeError(error);
  return `${describeError(error)} (${describeError(error.cause)})`;
}

/** https://upstash.com/docs/qstash/howto/receiving#headers */
async function toRequest(message: Message, { clock, signingKey, retried, signal }: AttemptContext): Promise<Request> {
  const body = message.method === "GET" ? "" : message.body;
  const headers = new Headers(message.headers);
  headers.set("User-Agent", "Upstash-QStash");
  headers.set("Upstash-Signature", await sign({ url: message.url, body, nowMs: clock.now() }, signingKey));
  headers.set("Upstash-Message-Id", message.messageId);
  headers.set("Upstash-Retried", String(retried));
  headers.set("Upstash-Caller-Ip", "127.0.0.1");
  if (message.scheduleId !== null) headers.set("Upstash-Schedule-Id", message.scheduleId);
  return new Request(message.url, { method: message.method, headers, redirect: "manual", signal, ...(body !== "" && { body }) });
}

/** When a message that was not delivered is tried again; null when it will not be. */
export function nextTryMs(
  message: Message,
  { attempt, retried, nowMs }: { attempt: Attempt; retried: number; nowMs: number },
): number | null {
  if (attempt.final || retried >= message.maxRetries) return null;
  return nowMs + retryDelayMs({ retried, expression: message.retryDelay, headers: attempt.headers, nowMs });
}

/** The body of a callback. https://upstash.com/docs/qstash/features/callbacks */
export function callbackBody(message: Message, details: { response: LastResponse; retried: number; dlqId?: string }): string {
  const { response, retried, dlqId } = details;
  return JSON.stringify({
    status: response.status,
    header: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, [value]])),
    body: base64(response.body),
    retried,
    maxRetries: message.maxRetries,
    ...(dlqId !== undefined && { dlqId }),
    sourceMessageId: message.messageId,
    url: message.url,
    method: message.method,
    sourceHeader: message.headers,
    sourceBody: base64(message.body),
    notBefore: String(message.notBeforeMs),
    createdAt: String(message.createdAtMs),
    ...(message.scheduleId !== null && { scheduleId: message.scheduleId }),
    callerIP: "127.0.0.1",
  });
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a callback is delivered as. */
export const callbackDelivery = (callback: Omit<Delivery, "body">, body: string): Delivery => ({
  ...callback,
  headers: { "content-type": "application/json", ...callback.headers },
  body,
});
