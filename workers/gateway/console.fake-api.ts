/**
 * A gateway in memory for the console's tests: the static page under a strict CSP, and the routes the page calls. Every
 * answer goes through the wire contract's own schema, so that the fake cannot drift from it.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  auditSchema,
  interventionSchema,
  nothingChecked,
  resolveBodySchema,
  stuckListSchema,
  type WireAudit,
  type WireDisagreement,
  type WireStuckItem,
} from "../../shared/contracts/audit.ts";
import { healthSchema } from "../../shared/contracts/health.ts";
import { orderListSchema, orderSchema, placeOrderBodySchema, timelineSchema, type WireOrder } from "../../shared/contracts/order.ts";
import {
  cancelBodySchema,
  fulfilBodySchema,
  payBodySchema,
  paymentSchema,
  refundBodySchema,
  refundSchema,
  returnBodySchema,
  returnSchema,
  type WirePayment,
} from "../../shared/contracts/payment.ts";
import { inventorySchema, productListSchema, receiveBodySchema } from "../../shared/contracts/product.ts";
import type { ProblemCode } from "../../shared/errors/codes.ts";
import { problemDocument, type ProblemExtras } from "../../shared/errors/problem.ts";
import type { FakeChange } from "./console.fake-changes.ts";
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
  /** POST /v1/inventory/:sku/receive answers 503 to everyone. */
  receiveIsDown: boolean;
}

/** What an operator's examination finds, set by a test. */
export interface Books {
  readonly disagreements: WireDisagreement[];
  readonly stuck: WireStuckItem[];
}

export interface FakeApi {
  readonly books: Books;
  readonly baseUrl: string;
  readonly shop: FakeShop;
  readonly faults: Faults;
  /** The Idempotency-Keys that POST /v1/orders was called with, in order. */
  readonly orderKeys: string[];
  /** The Idempotency-Keys that changes of orders were asked for with, in order. */
  readonly changeKeys: string[];
  stop(): Promise<void>;
}

export async function startFakeApi(): Promise<FakeApi> {
  const shop = new FakeShop();
  const faults: Faults = { listIsDown: false, keysAreRevoked: false, receiveIsDown: false };
  const [orderKeys, changeKeys]: [string[], string[]] = [[], []];
  const books: Books = { disagreements: [], stuck: [] };
  const world: World = { books, shop, faults, orderKeys, changeKeys, changeReplies: new Map() };
  const server = createServer((request, response) => {
    handle(request, response, world).catch((error: unknown) => {
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
  return { baseUrl: `http://127.0.0.1:${port}`, shop, books, faults, orderKeys, changeKeys, stop };
}

type World = Pick<FakeApi, "shop" | "books" | "faults" | "orderKeys" | "changeKeys"> & { readonly changeReplies: Map<string, Reply> };

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
  return routeOne(call, { world, isOperator: key === operatorKey });
}

function routeOne(call: Call, { world, isOperator }: { world: World; isOperator: boolean }): Reply {
  const { shop } = world;
  const [, , collection, id = "", action] = call.url.pathname.split("/");
  if (collection === "audit" || collection === "stuck") return isOperator ? readBooks(call, world) : problem("forbidden");
  if (call.method === "POST" && (collection === "orders" || collection === "payments")) return change(call, { world, isOperator });
  if (collection === "payments") return found(shop.paymentOf(id.replace("pay_", "ord_")), paymentSchema);
  if (collection === "inventory" && action === undefined) return found(shop.levelsOf(decodeURIComponent(id)), inventorySchema);
  if (collection === "inventory" && action === "receive" && world.faults.receiveIsDown) return problem("unavailable");
  if (collection === "inventory" && action === "receive") return receive(call, { shop, isOperator, sku: decodeURIComponent(id) });
  if (collection === "orders" && action === undefined) return found(shop.orderOf(id), orderSchema);
  if (collection === "orders" && action === "timeline") return found(shop.timelineOf(id), timelineSchema);
  return problem("not_found");
}

const found = (value: unknown, schema: { parse(value: unknown): unknown }): Reply =>
  value === undefined ? problem("not_found") : { status: 200, body: schema.parse(value) };

/** The audit comes in two pages, to show that all of them are read. Resolving takes the item away. */
function readBooks({ method, url, body }: Call, { books }: World): Reply {
  const [, , collection, id = ""] = url.pathname.split("/");
  if (collection === "audit") return { status: 200, body: auditSchema.parse(auditPage(books, url.searchParams.has("cursor"))) };
  if (method === "GET") return { status: 200, body: stuckListSchema.parse({ data: books.stuck, next_cursor: null }) };
  const item = books.stuck.find((each) => each.id === decodeURIComponent(id));
  if (item === undefined) return problem("not_found");
  books.stuck.splice(books.stuck.indexOf(item), 1);
  const { action } = resolveBodySchema.parse(body);
  return { status: 200, body: interventionSchema.parse({ item, action, outcome: "done", detail: null }) };
}

function auditPage({ disagreements }: Books, isLast: boolean): WireAudit {
  const shown = isLast ? disagreements : [];
  const checked = { ...nothingChecked, orders: 100, skus: 4, holds: 120, captures: 90 };
  const first = shown[0]?.detail ?? null;
  return { ok: shown.length === 0, checked, in_flight: 1, disagreements: shown, first, next_cursor: isLast ? null : "more" };
}

/** The changes of an order: the same key again is the same answer. */
function change(call: Call, { world, isOperator }: { world: World; isOperator: boolean }): Reply {
  const key = call.headers["idempotency-key"];
  if (typeof key !== "string") return problem("idempotency_key_missing");
  world.changeKeys.push(key);
  const known = world.changeReplies.get(key);
  if (known !== undefined) return { ...known, headers: { ...known.headers, "Idempotent-Replayed": "true" } };
  const reply = runChange(call, { shop: world.shop, isOperator });
  world.changeReplies.set(key, reply);
  return reply;
}

function runChange({ url, body }: Call, { shop, isOperator }: { shop: FakeShop; isOperator: boolean }): Reply {
  const [, , , id = "", action = "pay"] = url.pathname.split("/");
  const wish = wishOf(action, body);
  if (wish === null) return problem("not_found");
  if (!isOperator && wish.change.kind !== "cancel" && wish.change.kind !== "pay") return problem("forbidden");
  const orderId = wish.orderId ?? id;
  const changed = shop.change(orderId, wish.change);
  if (typeof changed === "string") return problem(changed, changed === "not_found" ? {} : { order_id: orderId });
  if (wish.change.kind === "pay" && changed.payment.status === "declined") return problem("payment_declined", { order_id: orderId });
  return answerOf(wish.change, changed);
}

/** The order of a payment is in its body, of everything else in the path. */
function wishOf(action: string, body: unknown): { readonly change: FakeChange; readonly orderId?: string } | null {
  if (action === "cancel") return { change: { kind: "cancel", reason: cancelBodySchema.parse(body ?? {}).reason ?? null } };
  if (action === "refunds") return { change: { kind: "refund", body: refundBodySchema.parse(body) } };
  if (action === "fulfil") return { change: { kind: "fulfil", body: fulfilBodySchema.parse(body ?? {}) } };
  if (action === "returns") return { change: { kind: "return", body: returnBodySchema.parse(body) } };
  if (action !== "pay") return null;
  const { order_id: orderId, payment_method: method } = payBodySchema.parse(body);
  return { orderId, change: { kind: "pay", method } };
}

function answerOf(change: FakeChange, { order, payment }: { order: WireOrder; payment: WirePayment }): Reply {
  if (change.kind === "pay") return { status: 201, body: paymentSchema.parse(payment) };
  if (change.kind === "refund") return { status: 201, body: refundSchema.parse(payment.refunds.at(-1)) };
  if (change.kind !== "return") return { status: 200, body: orderSchema.parse(order) };
  const { items, reason = null } = change.body;
  const made = { id: `${order.id}:return:1`, order_id: order.id, items, reason, status: "restocked", created_at: order.updated_at };
  return { status: 201, body: returnSchema.parse(made) };
}

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
