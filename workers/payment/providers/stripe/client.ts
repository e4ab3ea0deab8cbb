/** The official SDK, set up for a Worker: `fetch`, Web Crypto, no retries of its own, and a bound on every call. */
import { Stripe } from "stripe";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";

export interface StripeConfig {
  /** `sk_...`, or a restricted `rk_...` that may write PaymentIntents and refunds. */
  readonly secretKey: string;
  /** `whsec_...` */
  readonly webhookSecret: string;
  /** A URL without a path; api.stripe.com when undefined. */
  readonly apiBase: string | undefined;
}

/** Pinned to the SDK's own: what an intent's fields mean must change with the code that reads them, not with the account. */
const apiVersion = "2026-10-28.endive";
export interface StripeLimits {
  /** One request, ms. Confirming a card takes Stripe seconds when the bank is slow. */
  readonly requestTimeoutMs: number;
  /** One call of the port with all its requests, ms: below the port's 30 s. */
  readonly callBudgetMs: number;
}

export const stripeLimits: StripeLimits = { requestTimeoutMs: 15_000, callBudgetMs: 25_000 };

/**
 * Retries are the saga's, which writes them down. (The SDK repeats a request of its own accord only when the connection was
 * closed under it, with the same idempotency key.)
 */
export function createStripeClient({ secretKey, apiBase }: StripeConfig): Stripe {
  return new Stripe(secretKey, {
    apiVersion,
    httpClient: Stripe.createFetchHttpClient(fetchFromStripe),
    maxNetworkRetries: 0,
    timeout: stripeLimits.requestTimeoutMs,
    telemetry: false,
    ...(apiBase !== undefined && addressOf(new URL(apiBase))),
  });
}

/**
 * An error of something between us and Stripe is not an answer of Stripe's, whose every answer has a Request-Id. The SDK
 * would take one whose body is JSON without `error` for a success (measured: a refund that was never made).
 */
const fetchFromStripe: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.ok || response.headers.has("request-id")) return response;
  await response.body?.cancel();
  throw new Error(`${response.status}, and not from Stripe`);
};

function addressOf({ protocol, hostname, port }: URL): { protocol: "http" | "https"; host: string; port: string } {
  return protocol === "http:"
    ? { protocol: "http", host: hostname, port: port || "80" }
    : { protocol: "https", host: hostname, port: port || "443" };
}

/** The time that one call of the port has left, shared out to its requests. */
export class CallBudget {
  readonly #now: () => number;
  readonly #limits: StripeLimits;
  readonly #endsAtMs: number;

  constructor(now: () => number, limits: StripeLimits) {
    this.#now = now;
    this.#limits = limits;
    this.#endsAtMs = now() + limits.callBudgetMs;
  }

  /** Options of the next request. @throws OperatingError when there is no time left for one. */
  options(idempotencyKey?: string): Stripe.RequestOptions {
    const leftMs = this.#endsAtMs - this.#now();
    if (leftMs <= 0) throw new OperatingError("Stripe took too long", { retryable: true });
    return { timeout: Math.min(this.#limits.requestTimeoutMs, leftMs), ...(idempotencyKey !== undefined && { idempotencyKey }) };
  }
}

/**
 * The keys under which one thing is asked for, in their order. Stripe keeps the answer of a key, a 500 included, so a key whose
 * kept answer is one is used up; only then, when nothing is under way any more under it, does the next key's turn come
 * (https://docs.stripe.com/api/idempotent_requests). Everybody who asks walks the same way and so comes to the same answer.
 */
export const keysOf = (key: string): readonly string[] => [key, `${key}:2`, `${key}:3`];
