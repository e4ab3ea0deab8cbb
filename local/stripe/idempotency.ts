/**
 * Idempotency keys as Stripe has them (https://docs.stripe.com/api/idempotent_requests): the same request again gets the kept
 * answer, a decline or a 500 included; another request under the key is refused with 400, one that comes while the first is
 * running with 409. What was refused before the work began is not kept.
 */
import { ApiError } from "./api-error.ts";
import type { KeptAnswer, Ledger } from "./ledger.ts";

export interface KeyedRequest {
  readonly key: string;
  /** Method, path and parameters. */
  readonly fingerprint: string;
}

export class Idempotency {
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #running = new Map<string, string>();

  constructor(ledger: Ledger, now: () => number) {
    this.#ledger = ledger;
    this.#now = now;
  }

  /**
   * The answer that is kept, or nothing: then the key is this request's until `end`.
   *
   * @throws ApiError 400 or 409
   */
  begin({ key, fingerprint }: KeyedRequest): KeptAnswer | undefined {
    const kept = this.#ledger.keptAnswer(key, this.#now());
    const first = kept?.fingerprint ?? this.#running.get(key);
    if (first !== undefined && first !== fingerprint) throw otherParameters(key);
    if (kept === undefined && this.#running.has(key)) throw inUse(key);
    if (kept === undefined) this.#running.set(key, fingerprint);
    return kept;
  }

  /** Whether or not an answer has been kept. */
  end({ key }: KeyedRequest): void {
    this.#running.delete(key);
  }
}

const otherParameters = (key: string): ApiError =>
  new ApiError(
    400,
    {
      type: "idempotency_error",
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    },
    { isKept: false },
  );

const inUse = (key: string): ApiError =>
  new ApiError(
    409,
    {
      type: "idempotency_error",
      code: "idempotency_key_in_use",
      message: `There is currently another in-progress request using this Idempotent Key (${key}).`,
    },
    { isKept: false },
  );
