/** Stock: read by anyone with a key, moved by hand by operators. */
import { createRoute, z } from "@hono/zod-openapi";
import { skuSchema } from "../../../shared/contracts/primitives.ts";
import {
  inventorySchema,
  receiveBodySchema,
  releaseBodySchema,
  reservationBodySchema,
  reservationSchema,
  shardsBodySchema,
} from "../../../shared/contracts/product.ts";
import type { GatewayApp } from "../hono.ts";
import { idempotently } from "../idempotently.ts";
import { toWireInventory } from "../../../shared/contracts/product-mapping.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireIdempotencyKey } from "../middleware/require-idempotency-key.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { receiveStock, releaseByHand, reserveByHand } from "../move-stock.ts";
import { bodyCodes, idempotencyCodes, idempotencyHeaders, jsonBody, jsonContent, problemResponses, security, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

const stockParams = z.object({ sku: skuSchema });
const tags = ["operator"];

const getRoute = createRoute({
  method: "get",
  path: "/v1/inventory/{sku}",
  tags: ["inventory"],
  security,
  summary: "Read the stock of a SKU, never stale",
  request: { params: stockParams },
  responses: { ...problemResponses("not_found"), 200: jsonContent(inventorySchema, "The stock") },
});

const receiveRoute = createRoute({
  method: "post",
  path: "/v1/inventory/{sku}/receive",
  tags,
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Receive units into the warehouse",
  request: { headers: idempotencyHeaders, params: stockParams, body: jsonBody(receiveBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", "not_found", "quantity_too_large", "request_in_progress", ...idempotencyCodes, ...bodyCodes),
    200: jsonContent(inventorySchema, "The stock afterwards", "Idempotent-Replayed"),
  }),
});

const shardsRoute = createRoute({
  method: "put",
  path: "/v1/inventory/{sku}/shards",
  tags,
  security,
  middleware: [requireOperator, readJsonBody] as const,
  summary: "Spread the stock of a hot SKU over several objects",
  description: "1 is not spread. Can be changed at any time; what is held stays held, and what is free moves by itself.",
  request: { params: stockParams, body: jsonBody(shardsBodySchema) },
  responses: { ...problemResponses("forbidden", "not_found", ...bodyCodes), 200: jsonContent(inventorySchema, "The stock afterwards") },
});

const reserveRoute = createRoute({
  method: "post",
  path: "/v1/inventory/reserve",
  tags,
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Hold units by hand, until released or for a time",
  request: { headers: idempotencyHeaders, body: jsonBody(reservationBodySchema) },
  responses: untyped({
    ...problemResponses(
      "forbidden",
      "out_of_stock",
      "reservation_conflict",
      "unknown_sku",
      "request_in_progress",
      ...idempotencyCodes,
      ...bodyCodes,
    ),
    200: jsonContent(reservationSchema, "The units are held", "Idempotent-Replayed"),
  }),
});

const releaseRoute = createRoute({
  method: "post",
  path: "/v1/inventory/release",
  tags,
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Give back units held by hand",
  request: { headers: idempotencyHeaders, body: jsonBody(releaseBodySchema) },
  responses: untyped({
    ...problemResponses("forbidden", "reservation_conflict", "unknown_sku", "request_in_progress", ...idempotencyCodes, ...bodyCodes),
    200: jsonContent(reservationSchema, "The units are free", "Idempotent-Replayed"),
  }),
});

export function addInventoryRoutes(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(getRoute, async (c) => {
    const { sku } = c.req.valid("param");
    const levels = await ports.stockActor(sku).getLevels({ sku });
    if (levels === null) throw new ProblemError("not_found");
    return c.json(toWireInventory(levels), 200);
  });

  app.openapi(shardsRoute, async (c) => {
    const { sku } = c.req.valid("param");
    const reply = await ports.stockActor(sku).setShards({ sku, shards: c.req.valid("json").shards });
    if (!reply.ok) throw new ProblemError("not_found");
    return c.json(toWireInventory(reply.levels), 200);
  });

  app.openapi(receiveRoute, (c) => {
    const { sku } = c.req.valid("param");
    const { quantity } = c.req.valid("json");
    return idempotently(c, { ports, run: (name) => receiveStock(ports.stockActor(sku), { sku, quantity, operationId: name }) });
  });

  app.openapi(reserveRoute, (c) => {
    const body = c.req.valid("json");
    return idempotently(c, { ports, run: () => reserveByHand(ports.stockActor(body.sku), { body, nowMs: ports.now() }) });
  });

  app.openapi(releaseRoute, (c) => {
    const body = c.req.valid("json");
    return idempotently(c, { ports, run: () => releaseByHand(ports.stockActor(body.sku), body) });
  });
}
