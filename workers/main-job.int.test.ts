/** The main job on all Workers together: HTTP, actors, queues, Postgres, Redis. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloud } from "../local/cloud.ts";
import { orderListSchema, orderSchema, timelineSchema } from "../shared/contracts/order.ts";
import { inventorySchema, productListSchema } from "../shared/contracts/product.ts";
import { problemSchema } from "../shared/errors/problem.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../shared/testing/shop-client.ts";

type LogLine = Record<string, unknown>;

/** The runtime's own lines are not JSON. */
const parsed = (line: string): LogLine[] => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []);

let cloud: Awaited<ReturnType<typeof startCloud>>;
let stateDir: string;
let customer: ShopClient;
let operator: ShopClient;
const logs: LogLine[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-int-"));
  const { HOLDFAST_POSTGRES_URL: postgresUrl, HOLDFAST_REDIS_URL: redisUrl } = process.env;
  cloud = await startCloud({
    stateDir,
    port: 0,
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    onLog: (line) => logs.push(...parsed(line)),
  });
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
}, 60_000);

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const order = (sku: string, quantity = 2, rest: object = {}) => ({ items: [{ sku, quantity }], payment_method: "pm_card_visa", ...rest });
const inventory = async (sku: string) => inventorySchema.parse((await operator.get(`/v1/inventory/${sku}`)).body);

/** The rows in Postgres, read with the client the Workers use. */
const query = async (text: string, parameters: unknown[]): Promise<Record<string, unknown>[]> => {
  neonConfig.fetchEndpoint = cloud.databaseFetchEndpoint;
  return (await neon(cloud.databaseUrl).query(text, parameters)) as Record<string, unknown>[];
};

describe("the whole slice", () => {
  it("an order is confirmed, replayed, projected, notified once, traced and balanced", async () => {
    const sku = await stockedSku(operator, 10);
    const headers = { "idempotency-key": crypto.randomUUID(), "x-request-id": `slice-${crypto.randomUUID()}` };
    const requestId = headers["x-request-id"];

    const first = await customer.post("/v1/orders", order(sku, 2, { metadata: { note: "gift" } }), headers);
    expect(first.status).toBe(201);
    expect(first.headers.get("x-request-id")).toBe(requestId);
    const confirmed = orderSchema.parse(first.body);
    expect(confirmed).toMatchObject({ status: "confirmed", total_minor: 1000, currency: "EUR", metadata: { note: "gift" } });
    expect(confirmed.items).toEqual([
      {
        sku,
        name: `Product ${sku}`,
        quantity: 2,
        unit_price_minor: 500,
        line_total_minor: 1000,
        fulfilled_quantity: 0,
        returned_quantity: 0,
      },
    ]);

    const again = await customer.post("/v1/orders", order(sku, 2, { metadata: { note: "gift" } }), {
      ...headers,
      "x-request-id": "another",
    });
    expect([again.status, again.headers.get("idempotent-replayed"), again.text]).toEqual([201, "true", first.text]);
    expect((await customer.get(`/v1/orders/${confirmed.id}`)).body).toEqual(first.body);

    await eventually(async () => {
      const [row] = await query("select status, version, total_minor, correlation_id from orders.orders where id = $1", [confirmed.id]);
      expect(row).toMatchObject({ status: "confirmed", version: 2, correlation_id: confirmed.correlation_id });
      expect(Number(row?.["total_minor"])).toBe(1000);
    });
    const count = async (table: string, column: string) =>
      Number((await query(`select count(*) as n from ${table} where ${column} = $1`, [confirmed.id]))[0]?.["n"]);
    expect(await count("orders.order_items", "order_id")).toBe(1);
    expect(await count("orders.journal", "order_id")).toBe(5);
    expect(await count("payments.payments", "order_id")).toBe(1);
    await eventually(async () => expect(await count("ops.notifications", "order_id")).toBe(1));

    const list = await customer.get("/v1/orders?limit=1");
    expect(orderListSchema.parse(list.body).data).toEqual([first.body]);

    await eventually(async () => {
      const lines = logs.filter((line) => line["request_id"] === requestId);
      expect([...new Set(lines.map((line) => line["service"]))].sort()).toEqual(["gateway", "notifications"]);
      const answered = lines.filter((line) => line["service"] === "gateway");
      expect(answered).toMatchObject([{ order_id: confirmed.id, order_status: "confirmed" }]);
    });
    await eventually(async () =>
      expect(await inventory(sku)).toEqual({ sku, on_hand: 8, reserved: 0, available: 8, sold: 2, received: 10, shards: 1 }),
    );

    const timeline = timelineSchema.parse((await customer.get(`/v1/orders/${confirmed.id}/timeline`)).body);
    expect(timeline.entries.map((entry) => entry.step)).toEqual([
      "place",
      "validate_cart",
      "reserve_inventory",
      "process_payment",
      "confirm",
    ]);
    expect(timeline.next).toBeNull();
  });

  it.each([
    ["out_of_stock", 409, (sku: string) => order(sku, 99)],
    ["payment_declined", 402, (sku: string) => order(sku, 1, { payment_method: "pm_card_declined" })],
    ["payment_declined", 402, (sku: string) => order(sku, 1, { payment_method: "pm_card_insufficient_funds" })],
    [
      "unknown_sku",
      422,
      (sku: string) => ({
        items: [
          { sku, quantity: 1 },
          { sku: "NO-SUCH", quantity: 1 },
        ],
        payment_method: "pm_card_visa",
      }),
    ],
    ["price_changed", 422, (sku: string) => order(sku, 1, { expected_total_minor: 1 })],
  ])("a refusal (%s, %i) has released everything, can be read and is replayed as it was", async (code, status, body) => {
    const sku = await stockedSku(operator, 10);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const refused = await customer.post("/v1/orders", body(sku), headers);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    const problem = problemSchema.parse(refused.body);
    expect(problem.code).toBe(code);
    expect(await inventory(sku)).toMatchObject({ on_hand: 10, reserved: 0, sold: 0 });
    const stored = orderSchema.parse((await customer.get(`/v1/orders/${problem.order_id ?? ""}`)).body);
    expect(stored).toMatchObject({ status: "failed", failure: { code }, payment: { amount_minor: 0 } });
    const again = await customer.post("/v1/orders", body(sku), headers);
    expect([again.status, again.text, again.headers.get("idempotent-replayed")]).toEqual([status, refused.text, "true"]);
    await eventually(async () => {
      const rows = await query("select kind from ops.notifications where order_id = $1", [stored.id]);
      expect(rows).toEqual([{ kind: "order.failed" }]);
    });
  });

  it("the same key with another body is refused and names the field", async () => {
    const sku = await stockedSku(operator, 10);
    const headers = { "idempotency-key": crypto.randomUUID() };
    await customer.post("/v1/orders", order(sku, 1), headers);
    const other = await customer.post("/v1/orders", order(sku, 2), headers);
    expect(other.status).toBe(422);
    expect(problemSchema.parse(other.body)).toMatchObject({ code: "idempotency_mismatch", errors: [{ field: "body.items" }] });
    const elsewhere = await operator.post("/v1/notify", { recipient: "a", subject: "b", message: "c" }, headers);
    expect(elsewhere.status).toBe(201);
  });
});

describe("under concurrency", () => {
  it("500 orders for 100 units: 100 confirmed, 400 refused, nothing reserved", async () => {
    const sku = await stockedSku(operator, 100);
    const answers = await Promise.all(Array.from({ length: 500 }, () => customer.post("/v1/orders", order(sku, 1))));
    const statuses = Map.groupBy(answers, (answer) => answer.status);
    expect({ 201: statuses.get(201)?.length, 409: statuses.get(409)?.length }).toEqual({ 201: 100, 409: 400 });
    await eventually(async () =>
      expect(await inventory(sku)).toEqual({ sku, on_hand: 0, reserved: 0, available: 0, sold: 100, received: 100, shards: 1 }),
    );
    await eventually(async () => {
      const [row] = await query("select count(*) as n from orders.order_items where sku = $1", [sku]);
      expect(Number(row?.["n"])).toBe(500);
    });
  }, 60_000);

  it("50 simultaneous requests with one key are one order and one charge", async () => {
    const sku = await stockedSku(operator, 100);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => customer.post("/v1/orders", order(sku, 1), headers)));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === null)).toHaveLength(1);
    await eventually(async () => expect(await inventory(sku)).toMatchObject({ sold: 1, reserved: 0 }));
  });
});

describe("products and stock", () => {
  it("a changed product is seen at once, and its list follows", async () => {
    const sku = await stockedSku(operator, 0);
    expect((await customer.get(`/v1/products/${sku}`)).body).toMatchObject({ price_minor: 500, version: 1 });
    expect((await operator.put(`/v1/products/${sku}`, { name: "New", price_minor: 700, currency: "EUR" })).status).toBe(200);
    expect((await customer.get(`/v1/products/${sku}`)).body).toMatchObject({ name: "New", price_minor: 700, version: 2 });
    await eventually(async () => {
      const { data } = productListSchema.parse((await customer.get("/v1/products?limit=100")).body);
      expect(data.find((product) => product.sku === sku)).toMatchObject({ price_minor: 700 });
    });
  });

  it("receiving is idempotent by key, and a reservation by hand is held, released and kept apart from orders", async () => {
    const sku = await stockedSku(operator, 0);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const first = await operator.post(`/v1/inventory/${sku}/receive`, { quantity: 5 }, headers);
    const again = await operator.post(`/v1/inventory/${sku}/receive`, { quantity: 5 }, headers);
    expect([again.text, again.headers.get("idempotent-replayed")]).toEqual([first.text, "true"]);
    const reservation = { sku, quantity: 3, reservation_id: "by-hand" };
    expect((await operator.post("/v1/inventory/reserve", reservation)).body).toMatchObject({
      state: "held",
      inventory: { on_hand: 5, reserved: 3, available: 2 },
    });
    expect((await customer.post("/v1/orders", order(sku, 3))).status).toBe(409);
    expect((await operator.post("/v1/inventory/release", reservation)).body).toMatchObject({
      state: "released",
      inventory: { reserved: 0 },
    });
    expect((await customer.post("/v1/orders", order(sku, 3))).status).toBe(201);
  });

  it("a customer may not do what an operator may, and does not see another's order", async () => {
    const sku = await stockedSku(operator, 5);
    expect((await customer.post(`/v1/inventory/${sku}/receive`, { quantity: 5 })).status).toBe(403);
    const mine = await operator.post("/v1/orders", order(sku, 1));
    const hidden = await customer.get(`/v1/orders/${(mine.body as { id: string }).id}`, { "x-request-id": "same" });
    const missing = await customer.get(`/v1/orders/ord_${"0".repeat(32)}`, { "x-request-id": "same" });
    expect([hidden.status, hidden.text]).toEqual([404, missing.text]);
  });
});

describe("with parts of it gone", () => {
  const health = async () =>
    (await fetch(`${cloud.baseUrl}/health`)).json() as Promise<{ status: string; dependencies: Record<string, { status: string }> }>;

  it("Redis gone: orders and products work, health says so", async () => {
    const sku = await stockedSku(operator, 5);
    await cloud.stopRedis();
    try {
      expect((await customer.post("/v1/orders", order(sku, 1))).status).toBe(201);
      expect((await customer.get(`/v1/products/${sku}`)).status).toBe(200);
      await eventually(async () =>
        expect(await health()).toMatchObject({ status: "degraded", dependencies: { cache: { status: "down" } } }),
      );
    } finally {
      await cloud.startRedis();
    }
    await eventually(async () => expect((await health()).status).toBe("healthy"));
  }, 60_000);

  it("Postgres gone: orders are taken, lists wait, and the rows arrive when it is back", async () => {
    const sku = await stockedSku(operator, 5);
    await cloud.stopPostgres();
    let taken;
    try {
      taken = await customer.post("/v1/orders", order(sku, 1));
      expect(taken.status).toBe(201);
      expect((await customer.get("/v1/orders")).status).toBe(503);
      await eventually(async () =>
        expect(await health()).toMatchObject({ status: "degraded", dependencies: { database: { status: "down" } } }),
      );
    } finally {
      await cloud.startPostgres();
    }
    const { id } = taken.body as { id: string };
    await eventually(async () =>
      expect(await query("select status from orders.orders where id = $1", [id])).toEqual([{ status: "confirmed" }]),
    );
    await eventually(async () => expect(await query("select kind from ops.notifications where order_id = $1", [id])).toHaveLength(1));
  }, 90_000);
});

describe("what operators see", () => {
  it("metrics count the orders by outcome and the requests by route", async () => {
    await eventually(async () => {
      const { text } = await operator.get("/metrics");
      expect(text).toMatch(/^holdfast_orders_total\{outcome="confirmed"\} [1-9]/m);
      expect(text).toMatch(/^http_requests_total\{service="gateway",method="POST",path="\/v1\/orders",status_code="201"\} [1-9]/m);
      expect(text).toMatch(/^http_request_duration_seconds_bucket\{.*path="\/v1\/orders".*le="\+Inf"\} [1-9]/m);
    });
  });

  it("a poisoned message ends in Postgres as a dead letter", async () => {
    await cloud.sendToQueue("order-events", { not: "an event" });
    await eventually(async () =>
      expect(await query("select queue from ops.dead_letters where body->>'not' = 'an event'", [])).toHaveLength(1),
    );
  }, 60_000);

  it.each(["/openapi.json", "/docs", "/console", "/health"])("%s answers without a key", async (path) => {
    expect((await fetch(cloud.baseUrl + path)).status).toBe(200);
  });
});
