/** GET /health: for load balancers, the console and people. Needs no key. */
import { createRoute } from "@hono/zod-openapi";
import { healthSchema } from "../../../shared/contracts/health.ts";
import { looseGremlins } from "./gremlins.ts";
import type { GatewayApp } from "../hono.ts";
import { jsonContent } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";

const healthRoute = createRoute({
  method: "get",
  path: "/health",
  tags: ["running it"],
  summary: "Say whether orders can be taken, and what is down",
  responses: {
    200: jsonContent(healthSchema, "Healthy, or degraded: something is down that orders can do without for a while"),
    503: jsonContent(healthSchema, "Unhealthy: orders cannot be taken"),
  },
});

export function addHealthRoute(app: GatewayApp, { checkHealth, chaos }: Pick<GatewayPorts, "checkHealth" | "chaos">): void {
  app.openapi(healthRoute, async (c) => {
    const health = await checkHealth();
    c.header("Cache-Control", "no-store");
    const gremlins = chaos === undefined ? {} : { chaos: await looseGremlins(chaos) };
    return c.json({ ...health, ...gremlins }, health.status === "unhealthy" ? 503 : 200);
  });
}
