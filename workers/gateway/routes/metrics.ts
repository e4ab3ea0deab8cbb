/** GET /metrics: the sums over all isolates, for Prometheus. Needs no key; it tells counts and nobody's data. */
import { createRoute, z } from "@hono/zod-openapi";
import type { GatewayApp } from "../hono.ts";
import { keylessProblemResponses, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { looseGremlins } from "./gremlins.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const prometheusText = "text/plain; version=0.0.4; charset=utf-8";

const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  tags: ["running it"],
  summary: "Read the metrics in the Prometheus text format",
  responses: untyped({
    ...keylessProblemResponses("unavailable"),
    200: { description: "All metrics", content: { [prometheusText]: { schema: z.string() } } },
  }),
});

export function addMetricsRoute(
  app: GatewayApp,
  { metrics, metricsActor, chaos }: Pick<GatewayPorts, "metrics" | "metricsActor" | "chaos">,
): void {
  app.openapi(metricsRoute, async (c) => {
    if (chaos !== undefined) metrics.gauge("holdfast_chaos_active", {}, (await looseGremlins(chaos)).length);
    // What this isolate still holds would otherwise be missing; when it cannot be sent, the rest is still worth reading.
    await metrics.flush().catch(() => undefined);
    return c.body(await metricsActor.render(), 200, { "Content-Type": prometheusText });
  });
}
