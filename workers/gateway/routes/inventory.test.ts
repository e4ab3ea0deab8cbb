import { describe, expect, test, vi } from "vitest";
import type { StockActorApi } from "../../../shared/contracts/rpc.ts";
import { customerKey, fakeApp, fakeRequestRecord, operatorKey, problemOf, send, startMs, stockLevels } from "../testing/fake-ports.ts";

const wireInventory = { sku: "PROD-1", on_hand: 10, reserved: 2, available: 8, sold: 5, received: 15, shards: 1 };

const post = (path: string, stockActor: Partial<StockActorApi>, body: unknown) =>
  send(fakeApp({ orderActor: fakeRequestRecord(), stockActor }), ["POST", path], { key: operatorKey, body });

describe("GET /v1/inventory/:sku", () => {
  test("answers what the actor says", async () => {
    const response = await send(fakeApp({ stockActor: { getLevels: () => Promise.resolve(stockLevels) } }), [
      "GET",
      "/v1/inventory/PROD-1",
    ]);
    expect([response.status, await response.json()]).toEqual([200, wireInventory]);
  });

  test("an unknown SKU is 404", async () => {
    const response = await send(fakeApp({ stockActor: { getLevels: () => Promise.resolve(null) } }), ["GET", "/v1/inventory/PROD-1"]);
    expect(response.status).toBe(404);
  });
});

describe("POST /v1/inventory/:sku/receive", () => {
  test("answers the stock afterwards", async () => {
    const response = await post(
      "/v1/inventory/PROD-1/receive",
      { receive: () => Promise.resolve({ ok: true, levels: stockLevels }) },
      { quantity: 5 },
    );
    expect([response.status, await response.json()]).toEqual([200, wireInventory]);
  });

  test.each([
    ["unknown_sku", 404, "not_found"],
    ["quantity_too_large", 422, "quantity_too_large"],
  ] as const)("%s is %i", async (code, status, wireCode) => {
    const response = await post("/v1/inventory/PROD-1/receive", { receive: () => Promise.resolve({ ok: false, code }) }, { quantity: 5 });
    expect(await problemOf(response)).toMatchObject({ status, code: wireCode });
  });

  test.each([{}, { quantity: 0 }, { quantity: "5" }, { quantity: 5, sku: "PROD-2" }])("%j is 422", async (body) => {
    expect(await problemOf(await post("/v1/inventory/PROD-1/receive", {}, body))).toMatchObject({ status: 422, code: "validation_failed" });
  });
});

describe("PUT /v1/inventory/:sku/shards", () => {
  const put = (stockActor: Partial<StockActorApi>, body: unknown, key = operatorKey) =>
    send(fakeApp({ stockActor }), ["PUT", "/v1/inventory/PROD-1/shards"], { key, body });

  test("sets them and answers the stock", async () => {
    const setShards = vi.fn(() => Promise.resolve({ ok: true, levels: { ...stockLevels, shards: 16 } } as const));
    const response = await put({ setShards }, { shards: 16 });
    expect([response.status, await response.json()]).toEqual([200, { ...wireInventory, shards: 16 }]);
    expect(setShards).toHaveBeenCalledExactlyOnceWith({ sku: "PROD-1", shards: 16 });
  });

  test("an unknown SKU is 404", async () => {
    const setShards = () => Promise.resolve({ ok: false, code: "unknown_sku" } as const);
    expect(await problemOf(await put({ setShards }, { shards: 2 }))).toMatchObject({ status: 404, code: "not_found" });
  });

  test("is the operator's", async () => {
    expect(await problemOf(await put({}, { shards: 2 }, customerKey))).toMatchObject({ status: 403, code: "forbidden" });
  });

  test.each([{}, { shards: 0 }, { shards: 65 }, { shards: 1.5 }, { shards: "4" }, { shards: 4, sku: "PROD-2" }])(
    "%j is 422",
    async (body) => {
      expect(await problemOf(await put({}, body))).toMatchObject({ status: 422, code: "validation_failed" });
    },
  );
});

describe.each(["reserve", "release"] as const)("POST /v1/inventory/%s", (verb) => {
  const path = `/v1/inventory/${verb}`;
  const body = { sku: "PROD-1", quantity: 2, reservation_id: "by-hand:1" };

  test("answers the reservation and the stock, held in the operator's name", async () => {
    const held = { ok: true, name: "One", unitPriceMinor: 500, currency: "EUR", expiresAtMs: null, levels: stockLevels } as const;
    const command = vi.fn(() => Promise.resolve(held));
    const response = await post(path, { [verb]: command }, body);
    const state = verb === "reserve" ? "held" : "released";
    expect([response.status, await response.json()]).toEqual([200, { ...body, state, inventory: wireInventory }]);
    const asked = { sku: "PROD-1", quantity: 2, reservationId: "by-hand:1", owner: "operator" };
    expect(command).toHaveBeenCalledExactlyOnceWith(verb === "reserve" ? { ...asked, expiresAtMs: null } : asked);
  });

  test.each([
    ["unknown_sku", 422],
    ["reservation_conflict", 409],
  ])("%s is %i", async (code, status) => {
    expect(await problemOf(await post(path, { [verb]: () => Promise.resolve({ ok: false, code }) }, body))).toMatchObject({ status, code });
  });

  test.each([
    { ...body, sku: "/" },
    { ...body, quantity: 1_000_001 },
    { ...body, reservation_id: "" },
    { ...body, reservation_id: "a b" },
    { ...body, owner: "order" },
  ])("%j is 422", async (sent) => {
    expect(await problemOf(await post(path, {}, sent))).toMatchObject({ status: 422, code: "validation_failed" });
  });
});

test("POST /v1/inventory/reserve: out_of_stock is 409 and says what is left", async () => {
  const reserve = () => Promise.resolve({ ok: false, code: "out_of_stock", available: 1 } as const);
  const problem = await problemOf(await post("/v1/inventory/reserve", { reserve }, { sku: "PROD-1", quantity: 2, reservation_id: "r" }));
  expect(problem).toMatchObject({ status: 409, code: "out_of_stock", lines: [{ sku: "PROD-1", requested: 2, available: 1 }] });
});

describe("POST /v1/inventory/reserve: hold_seconds", () => {
  const body = { sku: "PROD-1", quantity: 2, reservation_id: "r", hold_seconds: 90 };
  const held = { ok: true, name: "One", unitPriceMinor: 500, currency: "EUR", levels: stockLevels } as const;

  test("count from now, and the deadline answered is the hold's own", async () => {
    const firstDeadlineMs = startMs + 30_000;
    const reserve = vi.fn<StockActorApi["reserve"]>(() => Promise.resolve({ ...held, expiresAtMs: firstDeadlineMs }));
    const response = await post("/v1/inventory/reserve", { reserve }, body);
    expect(reserve).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ expiresAtMs: startMs + 90_000 }));
    const { hold_seconds: _seconds, ...reservation } = body;
    expect(await response.json()).toEqual({
      ...reservation,
      state: "held",
      expires_at: new Date(firstDeadlineMs).toISOString(),
      inventory: wireInventory,
    });
  });

  test.each([0, 3_601, 1.5, "90", null])("%j is 422", async (seconds) => {
    const problem = await problemOf(await post("/v1/inventory/reserve", {}, { ...body, hold_seconds: seconds }));
    expect(problem).toMatchObject({ status: 422, code: "validation_failed" });
  });

  test("a release has none", async () => {
    expect(await problemOf(await post("/v1/inventory/release", {}, body))).toMatchObject({ status: 422, code: "validation_failed" });
  });
});
