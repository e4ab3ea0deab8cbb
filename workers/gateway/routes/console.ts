/** GET /console: the operator's page, static files under `public/console/`. It asks for a key itself. */
import { createRoute, z } from "@hono/zod-openapi";
import type { GatewayApp } from "../hono.ts";
import { headersOf } from "../openapi-headers.ts";
import { untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { serveAsset } from "../serve-asset.ts";

const tags = ["running it"];

const consoleRoute = createRoute({
  method: "get",
  path: "/console",
  tags,
  summary: "Watch the shop in a browser",
  responses: untyped({ 200: { description: "A page", content: { "text/html": { schema: z.string() } } } }),
});
const rootRoute = createRoute({
  method: "get",
  path: "/",
  tags,
  summary: "Go to the console",
  responses: { 302: { description: "To /console", ...headersOf(["Location"]) } },
});

export function addConsoleRoutes(app: GatewayApp, { assets }: Pick<GatewayPorts, "assets">): void {
  app.openapi(rootRoute, (c) => c.redirect("/console", 302));
  // The assets binding serves index.html for the folder's address and redirects every other spelling to it.
  app.openapi(consoleRoute, (c) => serveAsset(c, { assets, path: "/console/" }));
  app.get("/console/*", (c) => serveAsset(c, { assets, path: c.req.path }));
}
