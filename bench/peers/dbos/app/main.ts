/** The HTTP side of the DBOS peer: Hono on Node, as its documentation puts a web framework of one's choice in front of the workflows. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { datasourceWrites } from "./datasource-writes.ts";
import { orderWorkflow } from "./place-order.ts";
import { stepWrites } from "./step-writes.ts";

const systemDatabaseUrl = process.env["DATABASE_URL"];
const port = Number(process.env["PORT"]);
if (systemDatabaseUrl === undefined || !Number.isInteger(port)) throw new Error("DATABASE_URL and PORT must be set");

const writesFor = process.env["WRITES"] === "datasource" ? datasourceWrites : stepWrites;
const placeOrder = orderWorkflow(writesFor(systemDatabaseUrl));

// Twice the connections that are there by default: with 32 orders under way they are what is waited for.
DBOS.setConfig({ name: "bench-shop", systemDatabaseUrl, systemDatabasePoolSize: 20, logLevel: "warn", runAdminServer: false });
await DBOS.launch();

const app = new Hono();

app.get("/health", (c) => c.text("ok"));

/** The key is the workflow's id: a workflow that has begun is not begun again, and its answer is what it has been. */
app.post("/orders", async (c) => {
  const key = c.req.header("idempotency-key");
  const body: unknown = await c.req.json().catch(() => undefined);
  if (key === undefined || !isOrderBody(body)) return c.json({ code: "invalid_request" }, 400);
  const handle = await DBOS.startWorkflow(placeOrder, { workflowID: key })(body);
  const order = await handle.getResult();
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
