/** No request waits longer than the deadline, whatever is slow behind the gateway. */
import { timeout } from "hono/timeout";
import type { GatewayMiddleware } from "../hono.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

/**
 * Answers 503 `unavailable` with Retry-After when the deadline has passed, and tells the handlers when that will be.
 * The work itself is not undone: what it began goes on in its actor, and the same Idempotency-Key finds it.
 */
export function deadline({ settings, now }: Pick<GatewayPorts, "settings" | "now">): GatewayMiddleware {
  const withTimeout = timeout(settings.deadlineMs, () => new ProblemError("unavailable", { detail: "The answer did not come in time" }));
  return (c, next) => {
    c.set("deadlineAtMs", now() + settings.deadlineMs);
    return withTimeout(c, next);
  };
}
