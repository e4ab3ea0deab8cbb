/** The HTTP side of the plain peer: Hono on Node, one process, one pool. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { orderStore } from "./order-store.ts";

const databaseUrl = process.env["DATABASE_URL"];
const port = Number(process.env["PORT"]);
if (databaseUrl === undefined || !Number.isInteger(port)) throw new Error("DATABASE_URL and PORT must be set");

const store = await orderStore(databaseUrl);
const app = new Hono();

app.get("/health", (c) => c.text("ok"));

app.post("/orders", async (c) => {
  const key = c.req.header("idempotency-key");
  const body: unknown = await c.req.json().catch(() => undefined);
  if (key === undefined || !isOrderBody(body)) return c.json({ code: "invalid_request" }, 400);
  const order = await store.place({ key, ...body });
  return c.json(order, order.status === "confirmed" ? 201 : 409);
});

app.onError((error, c) => {
  console.error(error);
  return c.json({ code: "internal_error" }, 500);
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port });

function isOrderBody(body: unknown): body is { readonly sku: string; readonly quantity: number } {
  if (typeof body !== "object" || body === null || !("sku" in body) || !("quantity" in body)) return false;
  return typeof body.sku === "string" && typeof body.quantity === "number" && Number.isSafeInteger(body.quantity) && body.quantity > 0;
}
