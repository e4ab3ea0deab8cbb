/** Products: what is sold and for how much. The stock actor knows; the cache and Postgres only repeat it. */
import { createRoute, z } from "@hono/zod-openapi";
import { skuSchema } from "../../../shared/contracts/primitives.ts";
import { productListSchema, productSchema, putProductBodySchema } from "../../../shared/contracts/product.ts";
import { keepAlive, type GatewayApp } from "../hono.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { bodyCodes, jsonBody, jsonContent, problemResponses, security } from "../openapi.ts";
import { pageOf, pageQuery } from "../page.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";

const tags = ["products"];
const productParams = z.object({ sku: skuSchema });

const listRoute = createRoute({
  method: "get",
  path: "/v1/products",
  tags,
  security,
  summary: "List products by SKU",
  description: "May be a few seconds behind.",
  request: { query: pageQuery },
  responses: { ...problemResponses("invalid_query"), 200: jsonContent(productListSchema, "One page") },
});

const getRoute = createRoute({
  method: "get",
  path: "/v1/products/{sku}",
  tags,
  security,
  summary: "Read a product",
  request: { params: productParams },
  responses: { ...problemResponses("not_found"), 200: jsonContent(productSchema, "The product") },
});

const putRoute = createRoute({
  method: "put",
  path: "/v1/products/{sku}",
  tags: ["operator"],
  security,
  summary: "Create or change a product",
  middleware: [requireOperator, readJsonBody] as const,
  request: { params: productParams, body: jsonBody(putProductBodySchema) },
  responses: {
    ...problemResponses("forbidden", "not_found", ...bodyCodes),
    200: jsonContent(productSchema, "Changed, or the same as before"),
    201: jsonContent(productSchema, "Created"),
  },
});

export function addProductRoutes(app: GatewayApp, { listProducts, productCache, stockActor }: GatewayPorts): void {
  app.openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    const cached = await productCache.getPage(query);
    if (cached !== null) return c.json(cached, 200);
    const page = await pageOf(() => listProducts(query));
    keepAlive(c, productCache.putPage(query, page));
    return c.json(page, 200);
  });

  app.openapi(getRoute, async (c) => {
    const { sku } = c.req.valid("param");
    const cached = await productCache.getProduct(sku);
    if (cached !== null) return c.json(cached, 200);
    const product = await stockActor(sku).getProduct({ sku });
    if (product === null) throw new ProblemError("not_found");
    keepAlive(c, productCache.putProduct(product));
    return c.json(product, 200);
  });

  app.openapi(putRoute, async (c) => {
    const { name, price_minor: priceMinor, currency } = c.req.valid("json");
    const { sku } = c.req.valid("param");
    const { created, product } = await stockActor(sku).putProduct({ sku, name, priceMinor, currency, context: c.var.work });
    // Awaited: whoever changed a product and reads it next sees the change.
    await productCache.putProduct(product);
    return c.json(product, created ? 201 : 200);
  });
}
