/** The one place where anything thrown becomes a response. */
import { HTTPException } from "hono/http-exception";
import type { ProblemCode } from "../../../shared/errors/codes.ts";
import { describeError } from "../../../shared/errors/operating-error.ts";
import { createLogger, type Logger } from "../../../shared/platform/logger.ts";
import type { GatewayContext } from "../hono.ts";
import { ProblemError, problemResponse } from "../problem-error.ts";

/** For `app.onError`: a refusal as it is, an operating failure as 503, anything else as a 500 that tells nothing. */
export function handleError(error: unknown, c: GatewayContext): Response {
  const problem = toProblem(error);
  const work = c.get("work");
  if (problem.status >= 500) logFailure(createLogger("gateway", work), { error, problem });
  return problemResponse(c, problem, work.requestId);
}

/** Hono hands only Errors to its error handler; whatever else is thrown would escape as a bare 500 of the runtime. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(`Not an Error was thrown: ${String(thrown)}`, { cause: thrown });

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HTTPException) return new ProblemError(codeOfStatus(error.status), { cause: error });
  return new ProblemError(isOperatingFailure(error) ? "unavailable" : "internal_error", { cause: error });
}

/** What hono's own parts throw. */
function codeOfStatus(status: number): ProblemCode {
  const codes: Partial<Record<number, ProblemCode>> = { 400: "malformed_json", 413: "payload_too_large", 415: "unsupported_media_type" };
  return codes[status] ?? "internal_error";
}

/**
 * Classes do not survive RPC, names and properties do: an OperatingError is known by its name, and what the platform throws
 * when a Durable Object cannot be reached by `retryable` or `overloaded`
 * (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/).
 */
export function isOperatingFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, overloaded } = error as { retryable?: unknown; overloaded?: unknown };
  return error.name === "OperatingError" || retryable === true || overloaded === true;
}

function logFailure(logger: Logger, { error, problem }: { error: unknown; problem: ProblemError }): void {
  const fields = { code: problem.code, error: describeError(error), cause: describeCause(error), stack: stackOf(error) };
  if (problem.status === 500) logger.error("request failed", fields);
  else logger.warn("request could not be answered", fields);
}

const describeCause = (error: unknown): string | undefined =>
  error instanceof Error && error.cause !== undefined ? describeError(error.cause) : undefined;
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error && !(error instanceof ProblemError) ? error.stack : undefined;
