/** Gremlins among all Workers: what an order does meanwhile, and that nobody meets one who did not ask for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startCloud, type Cloud } from "../../local/cloud.ts";
import { workerConfigs } from "../../local/project.ts";
import { startFleet } from "../../local/workers/fleet.ts";
import { gremlinListSchema } from "../../shared/contracts/chaos.ts";
import { healthSchema } from "../../shared/contracts/health.ts";
import { orderSchema, timelineSchema } from "../../shared/contracts/order.ts";
import { inventorySchema } from "../../shared/contracts/product.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../../shared/testing/shop-client.ts";

interface Shop extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly customer: ShopClient;
  readonly operator: ShopClient;
}

let stateDir: string;
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-chaos-"));
});
afterAll(async () => {
  await rm(stateDir, { recursive: true, force: true });
});

/** One state for all of this file, so what one shop leaves the next one finds. */
async function openShop(vars: Record<string, string>, reuseBuild = true): Promise<Shop> {
  const { HOLDFAST_POSTGRES_URL: postgresUrl, HOLDFAST_REDIS_URL: redisUrl } = process.env;
  const cloud = await startCloud({ stateDir, postgresUrl: postgresUrl || undefined, redisUrl: redisUrl || undefined, vars, reuseBuild });
  return {
    cloud,
    customer: shopClient(cloud.baseUrl, cloud.customerKey),
    operator: shopClient(cloud.baseUrl, cloud.operatorKey),
    [Symbol.asyncDispose]: () => cloud.stop(),
  };
}

const order = (sku: string, quantity = 1) => ({ items: [{ sku, quantity }], payment_method: "pm_card_visa" });

describe("with CHAOS=on", () => {
  let shop: Shop;
  let sku: string;
  beforeAll(async () => {
    shop = await openShop({ CHAOS: "on" }, false);
    sku = await stockedSku(shop.operator, 1_000);
  });
  afterEach(async () => {
    await fetch(`${shop.cloud.baseUrl}/gremlin`, { method: "DELETE", headers: { authorization: `Bearer ${shop.operator.key}` } });
  });
  afterAll(async () => {
    await release("error", { service: "inventory" });
    await shop[Symbol.asyncDispose]();
  });

  const release = async (kind: string, body: object): Promise<void> => {
    expect((await shop.operator.post(`/gremlin/${kind}`, body)).status).toBe(200);
  };
  const gremlins = async () => gremlinListSchema.parse((await shop.operator.get("/gremlin")).body).data;
  const place = async (headers: Record<string, string> = {}, client = shop.operator) => {
    const startedAtMs = performance.now();
    const answer = await client.post("/v1/orders", order(sku), headers);
    return { answer, order: orderSchema.parse(answer.body), tookMs: performance.now() - startedAtMs };
  };
  /** How long the order's holds and its charge took, by its own journal, ms. */
  const stepsOf = async (id: string) => {
    const { entries } = timelineSchema.parse((await shop.operator.get(`/v1/orders/${id}/timeline`)).body);
    return (step: string) => entries.filter((entry) => entry.step === step);
  };

  it("says so in /health, in /metrics and on every answer", async () => {
    await release("latency", { service: "cache", delay_ms: 1, probability: 0.5, seed: 7 });
    const { body, headers } = await shop.customer.get("/health");
    expect(headers.get("x-chaos")).toBe("on");
    expect(healthSchema.parse(body).chaos).toMatchObject([{ kind: "latency", service: "cache", delay_ms: 1, probability: 0.5, seed: 7 }]);
    const metrics = async () => (await fetch(`${shop.cloud.baseUrl}/metrics`)).text();
    expect(await metrics()).toContain('\nholdfast_chaos_active{service="gateway"} 1\n');
    await release("latency", { service: "cache", delay_ms: 1, enabled: false });
    expect(await metrics()).toContain('\nholdfast_chaos_active{service="gateway"} 0\n');
  });

  it("latency: 500 ms on inventory slow an order by them, from the next call on and no longer", async () => {
    await release("latency", { service: "inventory", operation: "reserve", delay_ms: 500 });
    const slow = await place({}, shop.customer);
    expect([slow.answer.status, slow.tookMs >= 500]).toEqual([201, true]);
    expect((await stepsOf(slow.order.id))("reserve_inventory")[0]?.duration_ms).toBeGreaterThanOrEqual(500);
    await release("latency", { service: "inventory", operation: "reserve", delay_ms: 500, enabled: false });
    const quick = await place({}, shop.customer);
    expect((await stepsOf(quick.order.id))("reserve_inventory")[0]?.duration_ms).toBeLessThan(500);
  });

  it("drop-reply on payment: the card is charged once and the order confirmed", async () => {
    await release("drop-reply", { service: "payment", operation: "charge" });
    const { answer, order: confirmed } = await place({}, shop.customer);
    expect([answer.status, confirmed.status, confirmed.payment.status]).toEqual([201, "confirmed", "captured"]);
    expect(await gremlins()).toMatchObject([{ kind: "drop-reply", operation: "charge", fired: 1 }]);
    expect((await stepsOf(confirmed.id))("look_up_payment")).toHaveLength(1);
  });

  it("timeout on payment: the order answers 202, and is confirmed once the gremlin is gone", async () => {
    await release("timeout", { service: "payment" });
    const { answer, order: waiting } = await place({}, shop.customer);
    expect([answer.status, waiting.status]).toEqual([202, "pending_payment"]);
    await release("timeout", { service: "payment", enabled: false });
    await eventually(async () => {
      expect((await shop.customer.get(`/v1/orders/${waiting.id}`)).body).toMatchObject({ status: "confirmed" });
    });
  });

  it("duplicate on inventory: everything is held and sold once", async () => {
    const alone = await stockedSku(shop.operator, 10);
    await release("duplicate", { service: "inventory" });
    expect((await shop.customer.post("/v1/orders", order(alone, 3))).status).toBe(201);
    await eventually(async () => {
      const { body } = await shop.operator.get(`/v1/inventory/${alone}`);
      expect(inventorySchema.parse(body)).toMatchObject({ on_hand: 7, reserved: 0, sold: 3 });
    });
  });

  it("database and cache down: orders are taken all the same, and listed when the gremlins are gone", async () => {
    await release("error", { service: "database" });
    await release("timeout", { service: "cache" });
    const { answer, order: confirmed } = await place({}, shop.customer);
    expect([answer.status, confirmed.status]).toEqual([201, "confirmed"]);
    expect((await shop.customer.get("/v1/orders")).status).toBe(503);
    expect((await shop.customer.get(`/v1/products/${sku}`)).status).toBe(200);
    await release("error", { service: "database", enabled: false });
    await eventually(async () => {
      expect(JSON.stringify((await shop.customer.get("/v1/orders?limit=100")).body)).toContain(confirmed.id);
    });
  });

  it("duplicate on the queues: the order is projected and told of once", async () => {
    await release("duplicate", { service: "queues" });
    const { order: confirmed } = await place({}, shop.customer);
    await eventually(async () => {
      expect(JSON.stringify((await shop.customer.get("/v1/orders?limit=100")).body)).toContain(confirmed.id);
    });
    expect((await gremlins())[0]?.fired).toBeGreaterThan(0);
  });

  it("X-Gremlin meets its own request alone", async () => {
    const [own, neighbour] = await Promise.all([place({ "x-gremlin": "inventory=latency:500; operation=reserve" }), place()]);
    expect((await stepsOf(own.order.id))("reserve_inventory")[0]?.duration_ms).toBeGreaterThanOrEqual(500);
    expect((await stepsOf(neighbour.order.id))("reserve_inventory")[0]?.duration_ms).toBeLessThan(500);
    expect((await shop.customer.get("/v1/orders", { "x-gremlin": "database=error" })).status).toBe(403);
    expect((await shop.operator.get("/v1/orders", { "x-gremlin": "database=error" })).status).toBe(503);
    expect((await shop.operator.get("/v1/orders", { "x-gremlin": "database" })).status).toBe(400);
    expect((await shop.operator.get("/v1/orders")).status).toBe(200);
  });
});

describe("with CHAOS=off", () => {
  it("there is nothing of it: X-Gremlin is ignored, and so are gremlins from before", async () => {
    await using shop = await openShop({});
    const sku = await stockedSku(shop.operator, 10);
    const put = await shop.operator.post("/gremlin/error", { service: "inventory" });
    expect([put.status, (await shop.operator.get("/gremlin")).status]).toEqual([404, 404]);
    const placed = await shop.customer.post("/v1/orders", order(sku), { "x-gremlin": "inventory=error, nonsense" });
    expect([placed.status, placed.headers.get("x-chaos")]).toEqual([201, null]);
    expect((await shop.customer.get("/health")).body).not.toHaveProperty("chaos");
  });
});

describe("with CHAOS=on in production", () => {
  it("the Workers refuse to run, and say why", async () => {
    const lines: string[] = [];
    const bindings = {
      CHAOS: "on",
      ENVIRONMENT: "production",
      DATABASE_URL: "postgres://user:password@127.0.0.1:1/database",
      API_KEYS: JSON.stringify([{ id: "a", role: "operator", key_sha256: "0".repeat(64) }]),
    };
    const fleet = await startFleet({
      configs: workerConfigs,
      stateDir,
      port: 0,
      bindings,
      reuseBuild: true,
      onLog: (line) => lines.push(line),
    });
    try {
      const answer = await fetch(`${fleet.baseUrl}/health`);
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toContain("API_KEYS");
      await expect(fleet.fireCron()).rejects.toThrow("ended with");
      await eventually(async () => {
        expect(lines.join("\n")).toContain("CHAOS=on is refused where ENVIRONMENT is production");
      });
    } finally {
      await fleet.stop();
    }
  });
});
