/** What is done to an order after it was placed: cancelled by its owner; refunded, shipped and taken back by operators. */
import { createRoute, z } from "@hono/zod-openapi";
import { orderSchema } from "../../../shared/contracts/order.ts";
import {
  cancelBodySchema,
  fulfilBodySchema,
  refundBodySchema,
  refundSchema,
  returnBodySchema,
  returnSchema,
} from "../../../shared/contracts/payment.ts";
import { orderIdSchema } from "../../../shared/contracts/primitives.ts";
import { cancelOrder, fulfilOrder, refundOrder, returnItems } from "../change-order.ts";
import type { GatewayApp } from "../hono.ts";
import { readJsonBody, readOptionalJsonBody } from "../middleware/read-json-body.ts";
import { requireIdempotencyKey } from "../middleware/require-idempotency-key.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import {
  bodyCodes,
  idempotencyCodes,
  idempotencyHeaders,
  jsonBody,
  jsonContent,
  optionalJsonBody,
  problemResponses,
  security,
  untyped,
} from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";

const params = z.object({ id: orderIdSchema });
/** What every one of these can be answered. */
const commonCodes = ["not_found", "request_in_progress", ...idempotencyCodes, ...bodyCodes] as const;

const cancelRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/cancel",
  tags: ["orders"],
  security,
  middleware: [requireIdempotencyKey, readOptionalJsonBody] as const,
  summary: "Cancel an order before anything of it is shipped",
  description: "Gives back what was held or sold, and voids or refunds what was charged. A cancelled order is answered again as it is.",
  request: { headers: idempotencyHeaders, params, body: optionalJsonBody(cancelBodySchema) },
  responses: untyped({
    ...problemResponses(...commonCodes, "order_fulfilled", "order_not_cancellable"),
    200: jsonContent(orderSchema, "The order is cancelled", "Location", "Idempotent-Replayed"),
    202: jsonContent(orderSchema, "It is being cancelled; `Location` says where to look", "Location", "Retry-After"),
  }),
});

const refundRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/refunds",
  tags: ["operator"],
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Give money back, in full or in part",
  request: { headers: idempotencyHeaders, params, body: jsonBody(refundBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", ...commonCodes, "order_not_paid", "refund_too_large", "too_many_changes"),
    201: jsonContent(refundSchema, "The provider has given it back, or refuses to: see `status`", "Location", "Idempotent-Replayed"),
    202: jsonContent(refundSchema, "The provider is being asked; `Location` says where to look", "Location", "Retry-After"),
  }),
});

const fulfilRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/fulfil",
  tags: ["operator"],
  security,
  middleware: [requireOperator, requireIdempotencyKey, readOptionalJsonBody] as const,
  summary: "Ship units of an order",
  description: "Without a body all that has not been shipped yet.",
  request: { headers: idempotencyHeaders, params, body: optionalJsonBody(fulfilBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", ...commonCodes, "order_not_fulfillable", "quantity_not_available", "too_many_changes"),
    200: jsonContent(orderSchema, "The units are shipped", "Location", "Idempotent-Replayed"),
    202: jsonContent(orderSchema, "Not written down yet; `Location` says where to look", "Location", "Retry-After"),
  }),
});

const returnRoute = createRoute({
  method: "post",
  path: "/v1/orders/{id}/returns",
  tags: ["operator"],
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Take shipped units back, to be sold again",
  description: "Gives no money back: that is a refund.",
  request: { headers: idempotencyHeaders, params, body: jsonBody(returnBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", ...commonCodes, "order_not_fulfillable", "quantity_not_available", "too_many_changes"),
    201: jsonContent(returnSchema, "The units are back on the shelf", "Location", "Idempotent-Replayed"),
    202: jsonContent(returnSchema, "They are on their way to the shelf; `Location` says where to look", "Location", "Retry-After"),
  }),
});

export function addOrderChangeRoutes(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(cancelRoute, (c) => cancelOrder(c, { ports, orderId: c.req.valid("param").id, body: c.req.valid("json") }));
  app.openapi(refundRoute, (c) => refundOrder(c, { ports, orderId: c.req.valid("param").id, body: c.req.valid("json") }));
  app.openapi(fulfilRoute, (c) => fulfilOrder(c, { ports, orderId: c.req.valid("param").id, body: c.req.valid("json") }));
  app.openapi(returnRoute, (c) => returnItems(c, { ports, orderId: c.req.valid("param").id, body: c.req.valid("json") }));
}
