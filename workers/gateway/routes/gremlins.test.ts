import { describe, expect, test, vi } from "vitest";
import { chaosServices, gremlinKinds, type ChaosActorApi, type WireGremlin } from "../../../shared/contracts/chaos.ts";
import { toGremlinRule, toWireGremlin } from "../../../shared/contracts/chaos-mapping.ts";
import type { WireHealth } from "../../../shared/contracts/health.ts";
import type { PlaceOrderCommand, PlaceOrderReply } from "../../../shared/contracts/rpc.ts";
import { fakeApp, operatorKey, problemOf, send, wireOrder, type PortOverrides } from "../testing/fake-ports.ts";

const gremlin: WireGremlin = {
  ...toWireGremlin({ ...toGremlinRule("latency", { service: "payment", enabled: true, probability: 1, seed: 0 }), seen: 0, fired: 0 }),
  delay_ms: 500,
};
const chaosPort = () => ({
  put: vi.fn<ChaosActorApi["put"]>((rule) => Promise.resolve(toWireGremlin({ ...rule, seen: 0, fired: 0 }))),
  list: vi.fn<ChaosActorApi["list"]>(() => Promise.resolve([gremlin])),
  clear: vi.fn<ChaosActorApi["clear"]>(() => Promise.resolve()),
});
const chaotic = (overrides: PortOverrides = {}) => {
  const chaos = chaosPort();
  return { chaos, app: fakeApp({ chaos, ...overrides }) };
};
const asOperator = { key: operatorKey, idempotencyKey: null };
const health: WireHealth = { status: "healthy", service: "gateway", dependencies: {}, timestamp: "2026-11-21T09:30:00.000Z" };

describe("with CHAOS=off", () => {
  test.each([["GET /gremlin"], ["DELETE /gremlin"], ["POST /gremlin/latency"], ["POST /gremlin/error"]])(
    "%s is what any unknown path is",
    async (request) => {
      const [method = "", path = ""] = request.split(" ");
      const app = fakeApp();
      const body = method === "POST" ? { service: "payment" } : undefined;
      const response = await send(app, [method, path], { ...asOperator, body });
      const unknown = await send(app, [method, "/nothing"], { ...asOperator, body });
      expect([response.status, await response.text()]).toEqual([404, await unknown.text()]);
      expect([...response.headers]).toEqual([...unknown.headers]);
    },
  );

  test("X-Gremlin is ignored, and nothing speaks of chaos", async () => {
    const app = fakeApp({ checkHealth: () => Promise.resolve(health) });
    const response = await send(app, ["GET", "/health"], { key: null, headers: { "X-Gremlin": "nonsense" } });
    expect([response.status, await response.json(), response.headers.get("X-Chaos")]).toEqual([200, health, null]);
    const orders = fakeApp({ listOrders: () => Promise.resolve({ ok: true, data: [], nextCursor: null }) });
    expect((await send(orders, ["GET", "/v1/orders"], { headers: { "X-Gremlin": "nonsense" } })).status).toBe(200);
  });
});

describe("with CHAOS=on", () => {
  test.each([
    ["GET", "/health", 200],
    ["GET", "/nothing", 404],
    ["GET", "/v1/orders", 401],
    ["POST", "/gremlin/error", 401],
    ["PUT", "/gremlin", 401],
  ])("%s %s says so on its answer", async (method, path, status) => {
    const { app } = chaotic({ checkHealth: () => Promise.resolve(health) });
    const response = await send(app, [method, path], { key: null });
    expect([response.status, response.headers.get("X-Chaos")]).toEqual([status, "on"]);
  });

  test("/health lists the gremlins that may strike", async () => {
    const spent = { ...gremlin, times: 2, seen: 5, fired: 2 };
    const quiet = { ...gremlin, enabled: false };
    const chaos = { ...chaosPort(), list: () => Promise.resolve([spent, gremlin, quiet]) };
    const response = await send(fakeApp({ chaos, checkHealth: () => Promise.resolve(health) }), ["GET", "/health"], { key: null });
    expect(await response.json()).toEqual({ ...health, chaos: [gremlin] });
  });

  test("/health answers when the chaos actor does not", async () => {
    const chaos = { ...chaosPort(), list: () => Promise.reject(new Error("gone")) };
    const response = await send(fakeApp({ chaos, checkHealth: () => Promise.resolve(health) }), ["GET", "/health"], { key: null });
    expect([response.status, await response.json()]).toEqual([200, { ...health, chaos: [] }]);
  });

  test.each([["GET /gremlin"], ["DELETE /gremlin"], ["POST /gremlin/latency"]])("%s is for operators", async (request) => {
    const [method = "", path = ""] = request.split(" ");
    const { app, chaos } = chaotic();
    const response = await send(app, [method, path], { body: method === "POST" ? { service: "payment", delay_ms: 1 } : undefined });
    expect((await problemOf(response))["code"]).toBe("forbidden");
    for (const called of Object.values(chaos)) expect(called).not.toHaveBeenCalled();
  });

  test.each(gremlinKinds)("POST /gremlin/%s puts a gremlin, on every call and loose unless it says otherwise", async (kind) => {
    const { app, chaos } = chaotic();
    const body = { service: "queues", ...(kind === "latency" && { delay_ms: 500 }) };
    const response = await send(app, ["POST", `/gremlin/${kind}`], { ...asOperator, body });
    const delayMs = kind === "latency" ? 500 : null;
    const rule = { kind, service: "queues", operation: null, enabled: true, delayMs, probability: 1, seed: 0, times: null };
    expect(chaos.put).toHaveBeenCalledExactlyOnceWith(rule);
    expect([response.status, await response.json()]).toMatchObject([200, { kind, delay_ms: delayMs, seen: 0, fired: 0 }]);
  });

  test("POST /gremlin/drop-reply passes on all that it is told", async () => {
    const { app, chaos } = chaotic();
    const body = { service: "payment", enabled: false, probability: 0.25, seed: 7, operation: "charge", times: 3 };
    expect((await send(app, ["POST", "/gremlin/drop-reply"], { ...asOperator, body })).status).toBe(200);
    expect(chaos.put).toHaveBeenCalledWith({ kind: "drop-reply", delayMs: null, ...body });
  });

  test.each([
    ["error", {}, "service"],
    ["error", { service: "mail" }, "service"],
    ["latency", { service: "payment" }, "delay_ms"],
    ["latency", { service: "payment", delay_ms: 0 }, "delay_ms"],
    ["latency", { service: "payment", delay_ms: 60_001 }, "delay_ms"],
    ["error", { service: "payment", delay_ms: 5 }, "delay_ms"],
    ["error", { service: "payment", enabled: "yes" }, "enabled"],
    ["error", { service: "payment", probability: 0 }, "probability"],
    ["error", { service: "payment", probability: 1.1 }, "probability"],
    ["error", { service: "payment", seed: -1 }, "seed"],
    ["error", { service: "payment", seed: 2 ** 32 }, "seed"],
    ["error", { service: "payment", times: 0 }, "times"],
    ["error", { service: "payment", operation: "reserve" }, "operation"],
    ["error", { service: "payment", opreation: "charge" }, "opreation"],
    ["drop", { service: "payment" }, "service"],
  ])("POST /gremlin/%s %j is refused for its %s", async (kind, body, field) => {
    const { app, chaos } = chaotic();
    const response = await send(app, ["POST", `/gremlin/${kind}`], { ...asOperator, body });
    const problem = await problemOf(response);
    expect([response.status, problem["code"]]).toEqual([422, "validation_failed"]);
    expect(problem["errors"]).toEqual([expect.objectContaining({ field })]);
    expect(chaos.put).not.toHaveBeenCalled();
  });

  test("GET /gremlin lists, DELETE /gremlin clears, and no cache keeps either", async () => {
    const { app, chaos } = chaotic();
    const list = await send(app, ["GET", "/gremlin"], asOperator);
    expect([list.status, await list.json(), list.headers.get("Cache-Control")]).toEqual([200, { data: [gremlin] }, "no-store"]);
    expect((await send(app, ["DELETE", "/gremlin"], asOperator)).status).toBe(204);
    expect(chaos.clear).toHaveBeenCalledTimes(1);
  });

  test("is in the OpenAPI document, with what can be disturbed", async () => {
    const { app } = chaotic();
    const text = await (await send(app, ["GET", "/openapi.json"], { key: null })).text();
    for (const kind of gremlinKinds) expect(text).toContain(`"/gremlin/${kind}"`);
    for (const service of chaosServices) expect(text).toContain(`"${service}"`);
    const off = await (await send(fakeApp(), ["GET", "/openapi.json"], { key: null })).text();
    expect(off).not.toContain("/gremlin");
  });
});

describe("X-Gremlin", () => {
  const order = { items: [{ sku: "PROD-1", quantity: 1 }], payment_method: "pm_card_visa" };
  const placing = () => {
    const reply: PlaceOrderReply = { kind: "settled", replayed: false, order: wireOrder, requestId: "r" };
    const placeOrder = vi.fn((_command: PlaceOrderCommand) => Promise.resolve(reply));
    return { placeOrder, app: chaotic({ orderActor: { placeOrder } }).app };
  };

  test("travels with an operator's order", async () => {
    const { app, placeOrder } = placing();
    const headers = { "X-Gremlin": "payment=drop-reply; seed=7" };
    expect((await send(app, ["POST", "/v1/orders"], { key: operatorKey, body: order, headers })).status).toBe(201);
    expect(placeOrder.mock.calls[0]?.[0].context.gremlins).toEqual([
      { kind: "drop-reply", service: "payment", operation: null, delayMs: null, probability: 1, seed: 7, times: null },
    ]);
  });

  test("an order without it brings none", async () => {
    const { app, placeOrder } = placing();
    await send(app, ["POST", "/v1/orders"], { key: operatorKey, body: order });
    expect(placeOrder.mock.calls[0]?.[0].context).not.toHaveProperty("gremlins");
  });

  test("is refused to customers with 403, and nonsense with 400 and what is wrong with it", async () => {
    const { app, placeOrder } = placing();
    const headers = { "X-Gremlin": "payment=explode" };
    const byCustomer = await send(app, ["POST", "/v1/orders"], { body: order, headers });
    expect([byCustomer.status, (await problemOf(byCustomer))["code"]]).toEqual([403, "forbidden"]);
    const nonsense = await send(app, ["POST", "/v1/orders"], { key: operatorKey, body: order, headers });
    expect([nonsense.status, await problemOf(nonsense)]).toMatchObject([
      400,
      { code: "gremlin_invalid", detail: expect.stringContaining('No such kind: "explode"') as string },
    ]);
    expect(placeOrder).not.toHaveBeenCalled();
  });
});
