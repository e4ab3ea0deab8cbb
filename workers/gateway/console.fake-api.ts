/**
 * A gateway in memory for the console's tests: the static page under a strict CSP, and the routes the page calls. Every
 * answer goes through the wire contract's own schema, so that the fake cannot drift from it.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { healthSchema } from "../../shared/contracts/health.ts";
import { orderListSchema, orderSchema, placeOrderBodySchema, timelineSchema } from "../../shared/contracts/order.ts";
import { inventorySchema, productListSchema, receiveBodySchema } from "../../shared/contracts/product.ts";
import type { ProblemCode } from "../../shared/errors/codes.ts";
import { problemDocument, type ProblemExtras } from "../../shared/errors/problem.ts";
import { FakeShop } from "./console.fake-shop.ts";

export const customerKey = "customer-key";
export const operatorKey = "operator-key";

const publicFolder = new URL("./public/", import.meta.url);
const contentTypes: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** What goes wrong, set by a test. */
export interface Faults {
  /** GET /v1/orders answers 503, as with Postgres down. */
  listIsDown: boolean;
  /** No key is accepted any more. */
  keysAreRevoked: boolean;
}

export interface FakeApi {
  readonly baseUrl: string;
  readonly shop: FakeShop;
  readonly faults: Faults;
  /** The Idempotency-Keys that POST /v1/orders was called with, in order. */
  readonly orderKeys: string[];
  stop(): Promise<void>;
}

export async function startFakeApi(): Promise<FakeApi> {
  const shop = new FakeShop();
  const faults: Faults = { listIsDown: false, keysAreRevoked: false };
  const orderKeys: string[] = [];
  const server = createServer((request, response) => {
    handle(request, response, { shop, faults, orderKeys }).catch((error: unknown) => {
      process.stderr.write(`fake API: ${String(error)}\n`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { baseUrl: `http://127.0.0.1:${port}`, shop, faults, orderKeys, stop };
}

type World = Pick<FakeApi, "shop" | "faults" | "orderKeys">;

async function handle(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  if (url.pathname === "/console" || url.pathname.startsWith("/console/")) return serveFile(response, url.pathname);
  const body = await readBody(request);
  const reply = route({ method: request.method ?? "GET", url, headers: request.headers, body }, world);
  const isText = typeof reply.body === "string";
  response.writeHead(reply.status, {
    "Content-Type": isText ? "text/plain" : "application/json",
    "X-Request-Id": "fake-request",
    ...reply.headers,
  });
  response.end(isText ? reply.body : JSON.stringify(reply.body));
}

async function serveFile(response: ServerResponse, path: string): Promise<void> {
  const file = path === "/console" || path === "/console/" ? "console/index.html" : path.slice(1);
  const content = await readFile(fileURLToPath(new URL(file, publicFolder))).catch(() => null);
  if (content === null) return void response.writeHead(404).end();
  response.writeHead(200, {
    "Content-Type": contentTypes[extname(file)] ?? "application/octet-stream",
    "Content-Security-Policy": "default-src 'self'",
  });
  response.end(content);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

function route(call: Call, world: World): Reply {
  const { shop } = world;
  const path = `${call.method} ${call.url.pathname}`;
  if (path === "GET /health") return { status: shop.health.status === "unhealthy" ? 503 : 200, body: healthSchema.parse(shop.health) };
  if (path === "GET /metrics") return { status: 200, body: shop.metricsText() };
  const key = call.headers.authorization?.replace("Bearer ", "");
  if (world.faults.keysAreRevoked || (key !== customerKey && key !== operatorKey)) return problem("unauthenticated");
  if (path === "GET /v1/products") return { status: 200, body: productListSchema.parse({ data: shop.products, next_cursor: null }) };
  if (path === "GET /v1/orders") return listOrders(call, world);
  if (path === "POST /v1/orders") return placeOrder(call, world);
  return routeOne(call, { shop, isOperator: key === operatorKey });
}

function routeOne(call: Call, { shop, isOperator }: { shop: FakeShop; isOperator: boolean }): Reply {
  const [, , collection, id = "", action] = call.url.pathname.split("/");
  if (collection === "inventory" && action === undefined) return found(shop.levelsOf(decodeURIComponent(id)), inventorySchema);
  if (collection === "inventory" && action === "receive") return receive(call, { shop, isOperator, sku: decodeURIComponent(id) });
  if (collection === "orders" && action === undefined) return found(shop.orderOf(id), orderSchema);
  if (collection === "orders" && action === "timeline") return found(shop.timelineOf(id), timelineSchema);
  return problem("not_found");
}

const found = (value: unknown, schema: { parse(value: unknown): unknown }): Reply =>
  value === undefined ? problem("not_found") : { status: 200, body: schema.parse(value) };

function receive({ headers, body }: Call, { shop, isOperator, sku }: { shop: FakeShop; isOperator: boolean; sku: string }): Reply {
  if (!isOperator) return problem("forbidden");
  if (headers["idempotency-key"] === undefined) return problem("idempotency_key_missing");
  return found(shop.receive(sku, receiveBodySchema.parse(body).quantity), inventorySchema);
}

function listOrders({ url }: Call, { shop, faults }: World): Reply {
  if (faults.listIsDown) return problem("unavailable", { detail: "The list cannot be read now" }, { "Retry-After": "1" });
  const status = url.searchParams.get("status");
  const limit = Number(url.searchParams.get("limit") ?? 20);
  const start = Number(url.searchParams.get("cursor") ?? 0);
  const all = shop.projected().filter((order) => status === null || order.status === status);
  const end = start + limit;
  return { status: 200, body: orderListSchema.parse({ data: all.slice(start, end), next_cursor: end < all.length ? String(end) : null }) };
}

function placeOrder({ headers, body }: Call, { shop, orderKeys }: World): Reply {
  const key = headers["idempotency-key"];
  if (typeof key !== "string") return problem("idempotency_key_missing");
  orderKeys.push(key);
  const { order, replayed } = shop.place(key, placeOrderBodySchema.parse(body));
  const replay: Record<string, string> = replayed ? { "Idempotent-Replayed": "true" } : {};
  if (order.failure !== undefined) {
    const { code, detail, lines } = order.failure;
    return problem(code, { detail, order_id: order.id, ...(lines === undefined ? {} : { lines }) }, replay);
  }
  return {
    status: order.status === "confirmed" ? 201 : 202,
    body: orderSchema.parse(order),
    headers: { ...replay, Location: `/v1/orders/${order.id}` },
  };
}

function problem(code: ProblemCode, extras: ProblemExtras = {}, headers: Record<string, string> = {}): Reply {
  const body = problemDocument(code, "fake-request", extras);
  return { status: body.status, body, headers: { ...headers, "Content-Type": "application/problem+json" } };
}
