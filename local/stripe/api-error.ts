import type { z } from "zod";
import type { Answer } from "./ledger.ts";

export interface ApiErrorBody {
  readonly type: "invalid_request_error" | "card_error" | "api_error" | "idempotency_error";
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly payment_intent?: unknown;
  readonly payment_method?: unknown;
}

/**
 * A request that is refused before anything was changed. `isKept`: whether it is kept under its idempotency key, as it is
 * from the moment on at which Stripe has begun with the work (https://docs.stripe.com/api/idempotent_requests).
 */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ApiErrorBody;
  readonly isKept: boolean;

  constructor(status: number, body: ApiErrorBody, { isKept = true }: { readonly isKept?: boolean } = {}) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.isKept = isKept;
  }

  get answer(): Answer {
    return { status: this.status, body: { error: this.body } };
  }
}

export const noSuch = (kind: string, id: string, param = kind): ApiError =>
  new ApiError(param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param: param === "id" ? "intent" : param,
  });

/** @throws ApiError naming the first parameter that is wrong. It is not kept: nothing had begun. */
export function parseParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const isUnknown = issue?.code === "unrecognized_keys";
  const param = isUnknown ? issue.keys.join(", ") : (issue?.path.join(".") ?? "");
  const code = isUnknown ? "parameter_unknown" : "parameter_invalid";
  const message = isUnknown ? `Received unknown parameter: ${param}` : `${param}: ${issue?.message ?? "not valid"}`;
  throw new ApiError(400, { type: "invalid_request_error", code, message, param }, { isKept: false });
}
