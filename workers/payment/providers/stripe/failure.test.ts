import { Stripe } from "stripe";
import { describe, expect, test } from "vitest";
import { OperatingError } from "../../../../shared/errors/operating-error.ts";
import { readFailure, unknownOutcome } from "./failure.ts";

type Raw = Parameters<typeof Stripe.errors.generateV1Error>[0];

/** As the SDK makes an error of an answer. */
const answered = (statusCode: number, error: Omit<Raw, "message" | "type"> & { type?: string; message?: string } = {}): Error =>
  Stripe.errors.generateV1Error({ type: "invalid_request_error", message: "m", ...error, statusCode } as Raw);

const replayed = { headers: { "idempotent-replayed": "true" } };

describe("readFailure", () => {
  test.each([
    [402, { type: "card_error", code: "card_declined", decline_code: "generic_decline" }, "card_declined"],
    [402, { type: "card_error", code: "card_declined", decline_code: "insufficient_funds" }, "insufficient_funds"],
    [402, { type: "card_error", code: "insufficient_funds" }, "insufficient_funds"],
    [402, { type: "card_error", code: "expired_card" }, "card_declined"],
    [402, { type: "card_error", code: "authentication_required", decline_code: "authentication_required" }, "card_declined"],
    [402, { type: "card_error", code: "card_declined", decline_code: "generic_decline", ...replayed }, "card_declined"],
  ])("%i %j is a decline: %s", (status, error, reason) => {
    expect(readFailure(answered(status, error))).toEqual({ kind: "declined", reason });
  });

  test.each([
    [400, { code: "resource_missing", param: "payment_method" }, "unknown_payment_method"],
    [400, { code: "payment_method_unactivated" }, "unknown_payment_method"],
    [400, { code: "payment_intent_unexpected_state" }, "unexpected_state"],
    [400, { code: "amount_too_large", param: "amount" }, "amount_refused"],
    [400, { code: "amount_too_small", param: "amount" }, "amount_refused"],
    [400, { code: "parameter_invalid", param: "currency" }, "amount_refused"],
    [400, { type: "idempotency_error" }, "key_taken"],
    [500, { type: "api_error", ...replayed }, "kept_failure"],
    [500, { type: "api_error" }, "unknown"],
    [502, { type: "api_error" }, "unknown"],
    [503, { type: "api_error" }, "unknown"],
    [409, { type: "idempotency_error", code: "idempotency_key_in_use" }, "unknown"],
    [429, { code: "lock_timeout" }, "unknown"],
    [429, { code: "rate_limit" }, "unknown"],
    [400, { code: "lock_timeout" }, "unknown"],
    [401, {}, "unknown"],
    [403, {}, "unknown"],
  ])("%i %j: %s", (status, error, kind) => {
    expect(readFailure(answered(status, error))).toEqual({ kind });
  });

  test("any other refusal is told by its code, or else by its message", () => {
    expect(readFailure(answered(400, { code: "charge_disputed" }))).toEqual({ kind: "refused", reason: "charge_disputed" });
    expect(readFailure(answered(404, { message: "No such thing" }))).toEqual({ kind: "refused", reason: "No such thing" });
  });

  test.each([new Stripe.errors.StripeConnectionError({ message: "timeout", type: "api_error" }), new Error("no"), "thrown"])(
    "%s says nothing of the money",
    (error) => {
      expect(readFailure(error)).toEqual({ kind: "unknown" });
    },
  );
});

describe("unknownOutcome", () => {
  test("is an operating failure that names what Stripe said, and nothing of the request", () => {
    const error = unknownOutcome(answered(500, { type: "api_error", message: "sk_live_secret", requestId: "req_1" }));
    expect(error).toMatchObject({ name: "OperatingError", retryable: true });
    expect(error.message).toBe("Stripe did not say what became of it: StripeAPIError 500 req_1");
  });

  test("leaves one that is one already", () => {
    const error = new OperatingError("x", { retryable: true });
    expect(unknownOutcome(error)).toBe(error);
  });
});
