/** Notifications sent by hand. */
import { createRoute } from "@hono/zod-openapi";
import { notificationSchema, notifyBodySchema } from "../../../shared/contracts/notification.ts";
import type { GatewayApp } from "../hono.ts";
import { idempotently } from "../idempotently.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireIdempotencyKey } from "../middleware/require-idempotency-key.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { bodyCodes, idempotencyCodes, idempotencyHeaders, jsonBody, jsonContent, problemResponses, security, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";

const notifyRoute = createRoute({
  method: "post",
  path: "/v1/notify",
  tags: ["operator"],
  security,
  summary: "Send a notification by hand",
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  request: { headers: idempotencyHeaders, body: jsonBody(notifyBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", "request_in_progress", ...idempotencyCodes, ...bodyCodes),
    201: jsonContent(notificationSchema, "It is sent", "Idempotent-Replayed"),
  }),
});

export function addNotificationRoutes(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(notifyRoute, (c) => {
    const { order_id: orderId = null, ...message } = c.req.valid("json");
    const context = c.var.work;
    return idempotently(c, {
      ports,
      run: async (name) => ({
        status: 201,
        body: await ports.notifications.notify({ id: `ntf_${name}`, kind: "manual", ...message, orderId, context }),
      }),
    });
  });
}
