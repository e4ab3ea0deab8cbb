/** The parts that the routes' OpenAPI descriptions are made of. */
import { z, type RouteConfig } from "@hono/zod-openapi";
import { problems, type ProblemCode } from "../../shared/errors/codes.ts";
import { problemSchema } from "../../shared/errors/problem.ts";
import { headersOf, type DescribedHeader, type ResponseHeaders } from "./openapi-headers.ts";
import { passing } from "./problem-error.ts";

/** The base of the document at /openapi.json. */
export const documentBase = {
  openapi: "3.1.0",
  info: {
    title: "Holdfast",
    version: "1.0.0",
    description:
      "The order core for shops. Every error is an RFC 9457 problem document with a `code`; a method that a path does not have is 405 " +
      "`method_not_allowed`, with `Allow`. Every answer has an `X-Request-Id`. Every POST under /v1 takes an `Idempotency-Key`: " +
      "the same key again gives the same answer, with `Idempotent-Replayed: true`. The POSTs elsewhere take none, and can be sent again " +
      "as they are. A 202 is not the last word: the same request again tells how things stand then. " +
      "`Retry-After` comes with what may be answered otherwise soon. A 503 without it (`inventory_unavailable`, " +
      "`payment_unavailable`) is the end of an order: another attempt is a new order, under a new key. " +
      "With `CHAOS=on` every answer has `X-Chaos: on`, and operators may send `X-Gremlin` with any request under /v1: 400 " +
      "`gremlin_invalid` when it cannot be read, 403 `forbidden` for everyone else.",
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

/** A JSON response of one schema, with the headers that it may have. */
export const jsonContent = <Schema extends z.ZodType>(schema: Schema, description: string, ...headers: DescribedHeader[]) => ({
  description,
  ...headersOf(headers),
  content: { "application/json": { schema } },
});

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

/** A body that may be left out, which is `{}`; read by `readOptionalJsonBody`. */
export const optionalJsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: false, content: { "application/json": { schema } } }) as const;

/** What any request can be answered. */
const commonCodes = ["internal_error", "unavailable"] as const satisfies readonly ProblemCode[];
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

/** What a request can be answered before its Idempotency-Key is looked up, or without that the answer is kept. */
const neverReplayed: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  ...commonCodes,
  ...bodyCodes,
  ...idempotencyCodes,
  ...passing,
  "unauthenticated",
  "forbidden",
  "unknown_payment_method",
  "payment_unavailable",
]);

type ResponseConfig = RouteConfig["responses"][string];
type ProblemResponses = Record<
  `${number}`,
  ResponseHeaders & { description: string; content: { "application/problem+json": { schema: typeof problemSchema } } }
>;

/** One response for each status that the codes (and those every call with an API key can meet) have, naming the codes. */
export const problemResponses = (...codes: readonly ProblemCode[]): ProblemResponses =>
  keylessProblemResponses(...codes, "unauthenticated");

/** The same for a route that asks for no API key. */
export function keylessProblemResponses(...codes: readonly ProblemCode[]): ProblemResponses {
  const responses: ProblemResponses = {};
  const all = new Set([...codes, ...commonCodes]);
  for (const [status, group] of Map.groupBy(all, (code) => problems[code].status)) {
    const description = group.map((code) => `\`${code}\`: ${problems[code].title}`).join(". ");
    const headers = headersOf(problemHeaders(group, { isKeyed: all.has("idempotency_key_missing") }));
    responses[`${status}`] = { description, ...headers, content: { "application/problem+json": { schema: problemSchema } } };
  }
  return responses;
}

function problemHeaders(codes: readonly ProblemCode[], { isKeyed }: { readonly isKeyed: boolean }): DescribedHeader[] {
  const headers: DescribedHeader[] = [];
  if (codes.includes("unauthenticated")) headers.push("WWW-Authenticate");
  if (codes.includes("duplicate_request")) headers.push("Location", "Link");
  if (codes.some((code) => passing.has(code))) headers.push("Retry-After");
  if (isKeyed && codes.some((code) => !neverReplayed.has(code))) headers.push("Idempotent-Replayed");
  return headers;
}

/**
 * The same responses without their types. For handlers that return a plain Response (a stored text, a static file), which
 * hono's types of a described route cannot follow.
 */
export const untyped = (responses: Record<string, ResponseConfig>): Record<string, ResponseConfig> => responses;
