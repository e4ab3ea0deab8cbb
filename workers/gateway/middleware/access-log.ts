/**
 * One log line and one set of metric points for each request. The line says everything that came of it, the order's outcome included, so
 * nobody else logs what a request was answered with.
 */
import { matchedRoutes } from "hono/route";
import { createLogger } from "../../../shared/platform/logger.ts";
import { executionContextOf, type GatewayContext } from "../hono.ts";
import type { GatewayPorts } from "../ports.ts";

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** What `frameRequest` tells of each request. */
export interface AccessLog {
  /** A request has come. */
  begin(): void;
  /** Its answer stands, or there will be none. */
  end(): void;
  /**
   * Logs and counts the request. Labels have few values by construction: the path is the route's template or `unmatched`, an unknown
   * method is `OTHER`. Duration is what the Workers clock shows, ms: it stands still between two I/O operations.
   */
  report(c: GatewayContext, answer: { readonly response: Response; readonly durationMs: number }): void;
}

export function createAccessLog({ metrics }: Pick<GatewayPorts, "metrics">): AccessLog {
  let inFlight = 0;
  const countInFlight = (change: 1 | -1): void => {
    inFlight += change;
    metrics.gauge("http_requests_in_flight", {}, inFlight);
  };
  return {
    begin: () => countInFlight(1),
    end: () => countInFlight(-1),
    report: (c, { response, durationMs }) => {
      const labels = { method: methodLabel(c.req.method), path: pathTemplate(c) };
      metrics.count("http_requests_total", { ...labels, status_code: String(response.status) });
      metrics.observe("http_request_duration_seconds", labels, durationMs / 1000);
      const context = executionContextOf(c);
      if (context !== undefined) metrics.scheduleFlush(context);
      createLogger("gateway", c.get("work")).info("request", {
        method: labels.method,
        path: labels.path,
        status_code: response.status,
        ...c.get("accessLine"),
        duration_ms: durationMs,
      });
    },
  };
}

const methodLabel = (method: string): string => (knownMethods.has(method) ? method : "OTHER");

/** The template of the route that answered, `/v1/orders/:id`; middlewares are registered for ALL methods and do not count. */
function pathTemplate(c: GatewayContext): string {
  const route = matchedRoutes(c).findLast((candidate) => candidate.method !== "ALL");
  return route?.path ?? "unmatched";
}
