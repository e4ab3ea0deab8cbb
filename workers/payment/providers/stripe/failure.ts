/** What an error of the SDK says of the money. Anything that is not certain is `unknown`. */
import { Stripe } from "stripe";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";

export type DeclineReason = "card_declined" | "insufficient_funds";

export type StripeFailure =
  | { readonly kind: "declined"; readonly reason: DeclineReason }
  | { readonly kind: "unknown_payment_method" }
  /** The amount or its currency can not be charged, now or later. */
  | { readonly kind: "amount_refused" }
  /** The intent is in a state that does not allow this. The one in the error may be an old picture of it: a kept answer's. */
  | { readonly kind: "unexpected_state" }
  /** The idempotency key was used with other parameters: something was made under it. */
  | { readonly kind: "key_taken" }
  /** The answer that is kept under this key is a failure of Stripe's; it will not change. */
  | { readonly kind: "kept_failure" }
  /** Any other request that Stripe understood and will not do. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Timeouts, lost connections, 5xx, a request under this key that is still running (409), a lock or a limit (429), wrong credentials. */
  | { readonly kind: "unknown" };

/** https://docs.stripe.com/error-codes and https://docs.stripe.com/error-low-level */
export function readFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) return { kind: "unknown" };
  if (error instanceof Stripe.errors.StripeCardError) return { kind: "declined", reason: declineReason(error) };
  if (error instanceof Stripe.errors.StripeIdempotencyError) return { kind: "key_taken" };
  if (isKeptFailure(error)) return { kind: "kept_failure" };
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return readInvalidRequest(error);
  return { kind: "unknown" };
}

/** Banks have many reasons and tell few; one of them is worth telling the buyer. */
export const declineReason = (error: { readonly code?: string | undefined; readonly decline_code?: string | undefined }): DeclineReason =>
  error.decline_code === "insufficient_funds" || error.code === "insufficient_funds" ? "insufficient_funds" : "card_declined";

/** What to throw: the caller learns that the outcome is not known, and the log why. Nothing of the request is in it. */
export function unknownOutcome(error: unknown): OperatingError {
  if (error instanceof OperatingError) return error;
  return new OperatingError(`Stripe did not say what became of it: ${describe(error)}`, { retryable: true });
}

function describe(error: unknown): string {
  if (!(error instanceof Stripe.errors.StripeError)) return error instanceof Error ? error.name : String(error);
  return [error.type, error.statusCode, error.code, error.requestId].filter((part) => part !== undefined).join(" ");
}

/** A 5xx that did not come from the place where answers are kept may be a proxy's, and the request still under way behind it. */
const isKeptFailure = ({ statusCode, headers }: InstanceType<typeof Stripe.errors.StripeError>): boolean =>
  statusCode !== undefined && statusCode >= 500 && headers?.["idempotent-replayed"] === "true";

function readInvalidRequest({ code, param, message }: InstanceType<typeof Stripe.errors.StripeInvalidRequestError>): StripeFailure {
  if (code === "payment_intent_unexpected_state") return { kind: "unexpected_state" };
  if (code === "lock_timeout" || code === "idempotency_key_in_use") return { kind: "unknown" };
  if (param === "payment_method" || code?.startsWith("payment_method_") === true) return { kind: "unknown_payment_method" };
  if (code === "amount_too_small" || code === "amount_too_large" || param === "amount" || param === "currency") {
    return { kind: "amount_refused" };
  }
  return { kind: "refused", reason: code ?? message };
}
