/** The one way a middleware or a route refuses: throw a ProblemError; `handleError` makes the response. */
import { HTTPException } from "hono/http-exception";
import { problems, type ProblemCode } from "../../shared/errors/codes.ts";
import { problemDocument, type ProblemExtras } from "../../shared/errors/problem.ts";
import type { GatewayContext } from "./hono.ts";

/** Seconds after which asking again makes sense, for answers that say so. */
export const retryAfterSeconds = 1;

export interface ProblemErrorOptions extends ProblemExtras {
  /** Response headers beside those that the code implies (Retry-After, WWW-Authenticate). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
  /** The id of the request that was refused first, when it is not this one: a replay is the same document. */
  readonly requestId?: string;
}

/** A refusal on its way to the client. An HTTPException, so hono's own middlewares can throw it for us. */
export class ProblemError extends HTTPException {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;

  constructor(code: ProblemCode, { headers = {}, cause, requestId, ...extras }: ProblemErrorOptions = {}) {
    super(problems[code].status, { message: extras.detail ?? problems[code].title, cause });
    this.name = "ProblemError";
    this.code = code;
    this.extras = extras;
    this.headers = headers;
    this.requestId = requestId;
  }
}

/** The problem as a stored or sent text. `requestId` is the current request's. */
export const problemText = (error: ProblemError, requestId: string): string =>
  JSON.stringify(problemDocument(error.code, error.requestId ?? requestId, error.extras));

/** RFC 9457 response, with the headers that the code implies. */
export function problemResponse(c: GatewayContext, error: ProblemError, requestId: string): Response {
  c.get("accessLine").code = error.code;
  const headers = { "Content-Type": "application/problem+json", ...impliedHeaders(error.code), ...error.headers };
  return c.body(problemText(error, requestId), error.status, headers);
}

/**
 * What the same request may be answered otherwise in a moment. Not the other codes of status 503: an order has ended by them, and its key
 * is answered so for ever.
 */
export const passing: ReadonlySet<ProblemCode> = new Set<ProblemCode>(["unavailable", "request_in_progress", "payment_in_progress"]);

function impliedHeaders(code: ProblemCode): Record<string, string> {
  // RFC 9110 section 11.6.1: a 401 names the scheme that it wants.
  if (code === "unauthenticated") return { "WWW-Authenticate": "Bearer" };
  return passing.has(code) ? { "Retry-After": String(retryAfterSeconds) } : {};
}
