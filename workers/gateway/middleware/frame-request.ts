/**
 * What every request gets and every answer has: an id, a deadline, the headers, a log line. One middleware, because each costs
 * every request a closure and two promises, and the answer's headers are taken hold of once instead of once for each of them.
 */
import type { GatewayContext, GatewayMiddleware } from "../hono.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";
import { createAccessLog } from "./access-log.ts";
import { withinDeadline } from "./deadline.ts";
import { asError, handleError } from "./handle-error.ts";
import { isBodyComing } from "./read-json-body.ts";
import { workOf } from "./request-id.ts";
import { securityHeaders } from "./security-headers.ts";

export type FramePorts = Pick<GatewayPorts, "settings" | "now" | "newId" | "metrics">;

/** Sets `work` and `deadlineAtMs` before anything else happens. Nothing that is thrown gets past it. */
export function frameRequest({ settings, now, newId, metrics }: FramePorts): GatewayMiddleware {
  const log = createAccessLog({ metrics });
  return async (c, next) => {
    const startedAtMs = now();
    c.set("work", workOf(c.req.raw.headers, newId));
    c.set("accessLine", {});
    c.set("deadlineAtMs", startedAtMs + settings.deadlineMs);
    log.begin();
    try {
      await withinDeadline(next(), settings.deadlineMs);
    } catch (thrown) {
      // Late, or not an Error; hono has handled the Errors. While a body is being read nothing else is thrown, so then it was late.
      c.set("isOver", true);
      c.res = handleError((await isBodyComing(c)) ? new ProblemError("request_timeout") : asError(thrown), c);
    } finally {
      log.end();
    }
    const response = c.res;
    addHeaders(c, response.headers);
    log.report(c, { response, durationMs: now() - startedAtMs });
  };
}

function addHeaders(c: GatewayContext, headers: Headers): void {
  for (const [name, value] of securityHeaders) headers.set(name, value);
  headers.set("X-Request-Id", c.get("work").requestId);
  const cacheControl = c.get("cacheControl");
  if (cacheControl !== undefined && !headers.has("Cache-Control")) headers.set("Cache-Control", cacheControl);
}
