/**
 * The closed set of error codes: code -> HTTP status and title. The problem type is `urn:holdfast:problem:<code>`.
 * The table is exhaustive by its type; there is no other place where a code meets a status.
 * Precedence when several apply: authentication, existence of the route, idempotency, shape, existence, state, limits.
 */
export const problems = {
  malformed_json: { status: 400, title: "The body is not JSON" },
  nesting_too_deep: { status: 400, title: "The body nests deeper than 16 levels" },
  invalid_query: { status: 400, title: "A query parameter is not valid" },
  idempotency_key_missing: { status: 400, title: "The Idempotency-Key header is missing" },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key header is not valid" },
  unauthenticated: { status: 401, title: "No valid API key was sent" },
  payment_declined: { status: 402, title: "The payment was declined" },
  forbidden: { status: 403, title: "This key may not do that" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  out_of_stock: { status: 409, title: "There is not enough stock" },
  reservation_conflict: { status: 409, title: "The reservation exists with another quantity or was released" },
  duplicate_request: { status: 409, title: "This Idempotency-Key was used before" },
  request_in_progress: { status: 409, title: "The first request with this Idempotency-Key is still running" },
  payload_too_large: { status: 413, title: "The body is larger than 64 KiB" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  validation_failed: { status: 422, title: "The body does not say what is needed" },
  idempotency_mismatch: { status: 422, title: "This Idempotency-Key was used for another request" },
  unknown_sku: { status: 422, title: "There is no such SKU" },
  price_changed: { status: 422, title: "The total is not the expected one" },
  currency_mismatch: { status: 422, title: "The items are priced in different currencies" },
  total_too_large: { status: 422, title: "The amount is larger than can be charged" },
  quantity_too_large: { status: 422, title: "The quantity is larger than can be counted" },
  unknown_payment_method: { status: 422, title: "The payment method is not known" },
  internal_error: { status: 500, title: "Something is wrong on our side" },
  inventory_unavailable: { status: 503, title: "The stock could not be reached in time" },
  payment_unavailable: { status: 503, title: "The payment provider could not be reached in time" },
  unavailable: { status: 503, title: "This cannot be answered now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** The problem type's URI for a code. */
export const problemType = (code: ProblemCode): string => `urn:holdfast:problem:${code}`;
