/** The parts that the routes' OpenAPI descriptions are made of. */
import { z, type RouteConfig } from "@hono/zod-openapi";
import { problems, type ProblemCode } from "../../shared/errors/codes.ts";
import { problemSchema } from "../../shared/errors/problem.ts";

/** The base of the document at /openapi.json. */
export const documentBase = {
  openapi: "3.1.0",
  info: {
    title: "Holdfast",
    version: "1.0.0",
    description:
      "The order core for shops. Every error is an RFC 9457 problem document with a `code`. Every POST takes an `Idempotency-Key`: " +
      "the same key again gives the same answer, with `Idempotent-Replayed: true`. A 202 is not the last word: the same request " +
      "again tells how things stand then. `Retry-After` comes with what may be answered otherwise soon. A 503 without it " +
      "(`inventory_unavailable`, `payment_unavailable`) is the end of an order: another attempt is a new order, under a new key.",
  },
};

/** The name of the security scheme; `createApp` registers it. */
export const bearerAuth = "bearerAuth";
export const security = [{ [bearerAuth]: [] }];

/** The header that `requireIdempotencyKey` reads and refuses; here it is only described. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z.string().meta({
    description: "Names the request: 1 to 255 visible ASCII characters, bare or as a quoted string. Another request needs another key",
    example: "8e03978e-40d5-43dd-bc93-6894a57f9324",
  }),
});

/** A JSON response or request body of one schema. */
export const jsonContent = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

/** A body that may be left out, which is `{}`; read by `readOptionalJsonBody`. */
export const optionalJsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: false, content: { "application/json": { schema } } }) as const;

/** What any request under /v1 can be answered. */
const commonCodes = ["unauthenticated", "internal_error", "unavailable"] as const satisfies readonly ProblemCode[];
/** What any request with a body can be answered. */
export const bodyCodes = [
  "malformed_json",
  "nesting_too_deep",
  "payload_too_large",
  "request_timeout",
  "unsupported_media_type",
  "validation_failed",
] as const satisfies readonly ProblemCode[];
/** What any request with an Idempotency-Key can be answered. */
export const idempotencyCodes = [
  "idempotency_key_missing",
  "idempotency_key_invalid",
  "idempotency_mismatch",
  "duplicate_request",
] as const satisfies readonly ProblemCode[];

type ResponseConfig = RouteConfig["responses"][string];
type ProblemResponses = Record<
  `${number}`,
  { description: string; content: { "application/problem+json": { schema: typeof problemSchema } } }
>;

/** One response for each status that the codes (and those every call can meet) have, naming the codes. */
export function problemResponses(...codes: readonly ProblemCode[]): ProblemResponses {
  const responses: ProblemResponses = {};
  for (const [status, group] of Map.groupBy(new Set([...codes, ...commonCodes]), (code) => problems[code].status)) {
    const description = group.map((code) => `\`${code}\`: ${problems[code].title}`).join(". ");
    responses[`${status}`] = { description, content: { "application/problem+json": { schema: problemSchema } } };
  }
  return responses;
}

/**
 * The same responses without their types. For handlers that return a plain Response (a stored text, a static file), which
 * hono's types of a described route cannot follow.
 */
export const untyped = (responses: Record<string, ResponseConfig>): Record<string, ResponseConfig> => responses;
