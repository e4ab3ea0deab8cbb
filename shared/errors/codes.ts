/**
 * The closed set of error codes: code -> HTTP status and title. The problem type is `urn:holdfast:problem:<code>`.
 * The table is exhaustive by its type; there is no other place where a code meets a status.
 * Precedence when several apply: authentication, existence of the route, idempotency, shape, existence, state, limits.
 */
export const problems = {
  malformed_json: { status: 400, title: "The body is not JSON" },
  nesting_too_deep: { status: 400, title: "The body nests deeper than 16 levels" },
  invalid_query: { status: 400, title: "A query parameter is not valid" },
  gremlin_invalid: { status: 400, title: "The X-Gremlin header is not valid" },
  idempotency_key_missing: { status: 400, title: "The Idempotency-Key header is missing" },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key header is not valid" },
  webhook_signature_invalid: { status: 400, title: "The webhook is not signed by the payment provider, or too long ago" },
  unauthenticated: { status: 401, title: "No valid API key was sent" },
  payment_declined: { status: 402, title: "The payment was declined" },
  forbidden: { status: 403, title: "This key may not do that" },
  invalid_signature: { status: 403, title: "The signature is missing or not valid" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  request_timeout: { status: 408, title: "The body did not arrive in time" },
  out_of_stock: { status: 409, title: "There is not enough stock" },
  reservation_conflict: { status: 409, title: "The reservation exists with another quantity or was released" },
  duplicate_request: { status: 409, title: "This Idempotency-Key was used before" },
  request_in_progress: { status: 409, title: "The first request with this Idempotency-Key is still running" },
  order_cancelled: { status: 409, title: "The order was cancelled" },
  order_fulfilled: { status: 409, title: "The order has been shipped, in part at least" },
  order_not_cancellable: { status: 409, title: "There is nothing to cancel" },
  order_not_payable: { status: 409, title: "The order is not waiting for another payment method" },
  payment_in_progress: { status: 409, title: "What became of the charge before is not known yet" },
  order_not_paid: { status: 409, title: "No money was taken for this order" },
  order_not_fulfillable: { status: 409, title: "The order is not to be shipped" },
  not_stuck: { status: 409, title: "It is not stuck, or not any more" },
  too_many_changes: { status: 409, title: "One order takes no more of these" },
  payload_too_large: { status: 413, title: "The body is larger than 64 KiB" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  validation_failed: { status: 422, title: "The body does not say what is needed" },
  idempotency_mismatch: { status: 422, title: "This Idempotency-Key was used for another request" },
  unknown_sku: { status: 422, title: "There is no such SKU" },
  price_changed: { status: 422, title: "The total is not the expected one" },
  currency_mismatch: { status: 422, title: "The items are priced in different currencies" },
  total_too_large: { status: 422, title: "The amount is larger than can be charged" },
  quantity_too_large: { status: 422, title: "The quantity is larger than can be counted" },
  refund_too_large: { status: 422, title: "More than was captured and has not been refunded" },
  quantity_not_available: { status: 422, title: "More than the order has left of it" },
  unknown_payment_method: { status: 422, title: "The payment method is not known" },
  internal_error: { status: 500, title: "Something is wrong on our side" },
  inventory_unavailable: { status: 503, title: "The stock could not be reached in time" },
  payment_unavailable: { status: 503, title: "The payment provider could not be reached in time" },
  unavailable: { status: 503, title: "This cannot be answered now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** The problem type's URI for a code. */
export const problemType = (code: ProblemCode): string => `urn:holdfast:problem:${code}`;
