/** Orders: placed at their actor, read from it, listed from Postgres. */
import { createRoute, z } from "@hono/zod-openapi";
import { orderListSchema, orderSchema, orderStatusSchema, placeOrderBodySchema, timelineSchema } from "../../../shared/contracts/order.ts";
import { orderIdSchema } from "../../../shared/contracts/primitives.ts";
import { nameOfOrder } from "../../../shared/platform/ids.ts";
import { addKeyedPost } from "../add-keyed-post.ts";
import type { GatewayApp } from "../hono.ts";
import { visibleTo } from "../middleware/authenticate.ts";
import { bodyCodes, idempotencyCodes, idempotencyHeaders, jsonBody, jsonContent, problemResponses, security } from "../openapi.ts";
import { pageOf, pageQuery } from "../page.ts";
import { placeOrder } from "../place-order.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

const tags = ["orders"];
const orderParams = z.object({ id: orderIdSchema });

const placeRoute = createRoute({
  method: "post",
  path: "/v1/orders",
  tags,
  security,
  summary: "Place an order",
  description:
    "Holds the stock, takes the money, and answers when both are done or one was refused. A refused order exists and can be read. " +
    "It has ended, also when the stock or the provider could not be reached (503 without `Retry-After`): its key is answered so from then on.",
  request: { headers: idempotencyHeaders, body: jsonBody(placeOrderBodySchema) },
  responses: {
    ...problemResponses(
      ...idempotencyCodes,
      ...bodyCodes,
      "out_of_stock",
      "payment_declined",
      "unknown_sku",
      "price_changed",
      "currency_mismatch",
      "total_too_large",
      "unknown_payment_method",
      "inventory_unavailable",
      "payment_unavailable",
      "order_cancelled",
    ),
    201: jsonContent(orderSchema, "The order is confirmed", "Location", "Idempotent-Replayed"),
    202: jsonContent(
      orderSchema,
      "A step is still being worked on, or the order waits for another card (`payment.status` declined); `Location` says where to look",
      "Location",
      "Retry-After",
      "Idempotent-Replayed",
    ),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/v1/orders",
  tags,
  security,
  summary: "List orders, newest first",
  description: "A customer sees their own, an operator everyone's. May be behind by what is still on its way to Postgres.",
  request: { query: pageQuery.extend({ status: orderStatusSchema.optional() }) },
  responses: { ...problemResponses("invalid_query"), 200: jsonContent(orderListSchema, "One page") },
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/orders/{id}",
  tags,
  security,
  summary: "Read an order, never stale",
  request: { params: orderParams },
  responses: { ...problemResponses("not_found"), 200: jsonContent(orderSchema, "The order as it is now") },
});

const timelineRoute = createRoute({
  method: "get",
  path: "/v1/orders/{id}/timeline",
  tags,
  security,
  summary: "Read what an order has been through",
  request: { params: orderParams },
  responses: { ...problemResponses("not_found"), 200: jsonContent(timelineSchema, "Its journal, and what comes next") },
});

export function addOrderRoutes(app: GatewayApp, ports: GatewayPorts): void {
  addKeyedPost(app, { route: placeRoute, handler: (c) => placeOrder(c, { ports, body: c.req.valid("json") }) });

  app.openapi(listRoute, async (c) => {
    const query = { ...c.req.valid("query"), principalId: visibleTo(c.var.principal) };
    return c.json(await pageOf(() => ports.listOrders(query)), 200);
  });

  app.openapi(getRoute, async (c) => {
    const orderId = c.req.valid("param").id;
    const query = { orderId, principalId: visibleTo(c.var.principal) };
    return c.json(orNotFound(await ports.orderActor(nameOfOrder(orderId)).getOrder(query)), 200);
  });

  app.openapi(timelineRoute, async (c) => {
    const orderId = c.req.valid("param").id;
    const query = { orderId, principalId: visibleTo(c.var.principal) };
    return c.json(orNotFound(await ports.orderActor(nameOfOrder(orderId)).getTimeline(query)), 200);
  });
}

/** Someone else's order and no order are one answer. */
function orNotFound<Value>(value: Value | null): Value {
  if (value === null) throw new ProblemError("not_found");
  return value;
}
