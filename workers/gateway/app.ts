/** The gateway's Hono app: middlewares in their order, then the routes. */
import { authenticate } from "./middleware/authenticate.ts";
import { frameRequest } from "./middleware/frame-request.ts";
import { handleError } from "./middleware/handle-error.ts";
import { noStore } from "./middleware/no-store.ts";
import { refuseUnknown } from "./middleware/refuse-unknown.ts";
import { addChaosMiddlewares, announceChaos } from "./middleware/chaos.ts";
import { createRouter, type GatewayApp } from "./hono.ts";
import { registerHeaders } from "./openapi-headers.ts";
import { bearerAuth } from "./openapi.ts";
import type { GatewayPorts } from "./ports.ts";
import { addAuditRoute } from "./routes/audit.ts";
import { addConsoleRoutes } from "./routes/console.ts";
import { addDocsRoutes } from "./routes/docs.ts";
import { addGremlinRoutes } from "./routes/gremlins.ts";
import { addHealthRoute } from "./routes/health.ts";
import { addInventoryRoutes } from "./routes/inventory.ts";
import { addJobRoutes } from "./routes/jobs.ts";
import { addMetricsRoute } from "./routes/metrics.ts";
import { addNotificationRoutes } from "./routes/notifications.ts";
import { addOrderChangeRoutes } from "./routes/order-changes.ts";
import { addOrderRoutes } from "./routes/orders.ts";
import { addPaymentRoutes } from "./routes/payments.ts";
import { addProductRoutes } from "./routes/products.ts";
import { addStuckRoutes } from "./routes/stuck.ts";
import { addWebhookRoutes } from "./routes/webhooks.ts";

/**
 * Refusals come in this order, whatever is wrong at once: authentication, existence of the route, role, idempotency key,
 * shape of the body, existence of what the path names, state, limits.
 */
export function createApp(ports: GatewayPorts): GatewayApp {
  const app = createRouter();
  app.onError(handleError);
  app.notFound(refuseUnknown(app));
  addMiddlewares(app, ports);
  app.openAPIRegistry.registerComponent("securitySchemes", bearerAuth, { type: "http", scheme: "bearer" });
  registerHeaders(app);
  addOrderRoutes(app, ports);
  addOrderChangeRoutes(app, ports);
  addPaymentRoutes(app, ports);
  addProductRoutes(app, ports);
  addInventoryRoutes(app, ports);
  addNotificationRoutes(app, ports);
  addWebhookRoutes(app, ports);
  addJobRoutes(app, ports);
  addAuditRoute(app, ports);
  addStuckRoutes(app, ports);
  addHealthRoute(app, ports);
  addMetricsRoute(app, ports);
  if (ports.chaos !== undefined) addGremlinRoutes(app, ports.chaos);
  addConsoleRoutes(app, ports);
  addDocsRoutes(app, ports);
  return app;
}

function addMiddlewares(app: GatewayApp, ports: GatewayPorts): void {
  if (ports.chaos !== undefined) app.use(announceChaos);
  app.use(frameRequest(ports));
  app.use("/v1/*", noStore);
  app.use("/v1/*", authenticate(ports.settings.apiKeys));
  if (ports.chaos !== undefined) addChaosMiddlewares(app, ports.settings);
}
