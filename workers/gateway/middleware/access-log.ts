/** One log line and one set of metric points for each request. */
import { matchedRoutes } from "hono/route";
import { createLogger } from "../../../shared/platform/logger.ts";
import { executionContextOf, type GatewayContext, type GatewayMiddleware } from "../hono.ts";
import type { GatewayPorts } from "../ports.ts";

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Logs and counts the request when it has been answered. Labels have few values by construction: the path is the route's
 * template or `unmatched`, an unknown method is `OTHER`. Duration is what the Workers clock shows: it stands still
 * between two I/O operations.
 */
export function accessLog({ metrics, now }: Pick<GatewayPorts, "metrics" | "now">): GatewayMiddleware {
  let inFlight = 0;
  const countInFlight = (change: 1 | -1): void => {
    inFlight += change;
    metrics.gauge("http_requests_in_flight", {}, inFlight);
  };
  return async (c, next) => {
    const startedAtMs = now();
    countInFlight(1);
    try {
      await next();
    } finally {
      countInFlight(-1);
    }
    report(c, { metrics, durationMs: now() - startedAtMs });
  };
}

function report(c: GatewayContext, { metrics, durationMs }: Pick<GatewayPorts, "metrics"> & { durationMs: number }): void {
  const labels = { method: methodLabel(c.req.method), path: pathTemplate(c) };
  metrics.count("http_requests_total", { ...labels, status_code: String(c.res.status) });
  metrics.observe("http_request_duration_seconds", labels, durationMs / 1000);
  const context = executionContextOf(c);
  if (context !== undefined) metrics.scheduleFlush(context);
  createLogger("gateway", c.var.work).info("request", {
    method: labels.method,
    path: labels.path,
    status_code: c.res.status,
    location: c.res.headers.get("Location") ?? undefined,
    duration_ms: durationMs,
  });
}

const methodLabel = (method: string): string => (knownMethods.has(method) ? method : "OTHER");

/** The template of the route that answered, `/v1/orders/:id`; middlewares are registered for ALL methods and do not count. */
function pathTemplate(c: GatewayContext): string {
  const route = matchedRoutes(c).findLast((candidate) => candidate.method !== "ALL");
  return route?.path ?? "unmatched";
}
