import { describe, expect, test, vi } from "vitest";
import type { StockActorApi } from "../../../shared/contracts/rpc.ts";
import { fakeApp, fakeCache, operatorKey, problemOf, send, wireProduct } from "../testing/fake-ports.ts";

const path = "/v1/products/PROD-1";

describe("GET /v1/products/:sku", () => {
  test("what the cache has is answered without asking anyone", async () => {
    const productCache = { ...fakeCache(), getProduct: () => Promise.resolve(wireProduct) };
    const response = await send(fakeApp({ productCache }), ["GET", path]);
    expect([response.status, await response.json()]).toEqual([200, wireProduct]);
  });

  test("what it has not is asked of the actor and kept", async () => {
    const productCache = fakeCache();
    const response = await send(fakeApp({ productCache, stockActor: { getProduct: () => Promise.resolve(wireProduct) } }), ["GET", path]);
    expect([response.status, await response.json()]).toEqual([200, wireProduct]);
    expect(productCache.putProduct).toHaveBeenCalledExactlyOnceWith(wireProduct);
  });

  test("what nobody knows is 404 and not kept", async () => {
    const productCache = fakeCache();
    const response = await send(fakeApp({ productCache, stockActor: { getProduct: () => Promise.resolve(null) } }), ["GET", path]);
    expect(response.status).toBe(404);
    expect(productCache.putProduct).not.toHaveBeenCalled();
  });
});

describe("GET /v1/products", () => {
  const page = { data: [wireProduct], next_cursor: "next" };

  test("the page is read from Postgres and kept", async () => {
    const productCache = fakeCache();
    const listProducts = vi.fn(() => Promise.resolve({ ok: true, data: [wireProduct], nextCursor: "next" } as const));
    const response = await send(fakeApp({ productCache, listProducts }), ["GET", "/v1/products?limit=5&cursor=abc"]);
    expect([response.status, await response.json()]).toEqual([200, page]);
    expect(listProducts).toHaveBeenCalledExactlyOnceWith({ limit: 5, cursor: "abc" });
    expect(productCache.putPage).toHaveBeenCalledExactlyOnceWith({ limit: 5, cursor: "abc" }, page);
  });

  test("a kept page is answered without Postgres", async () => {
    const productCache = { ...fakeCache(), getPage: () => Promise.resolve(page) };
    const response = await send(fakeApp({ productCache }), ["GET", "/v1/products"]);
    expect([response.status, await response.json()]).toEqual([200, page]);
  });

  test("without Postgres it is 503", async () => {
    const listProducts = () => Promise.reject(new Error("connection refused"));
    const response = await send(fakeApp({ listProducts }), ["GET", "/v1/products"]);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
  });

  test("a cursor that no list gave out is 400 and not kept", async () => {
    const productCache = fakeCache();
    const listProducts = () => Promise.resolve({ ok: false, code: "invalid_cursor" } as const);
    expect((await send(fakeApp({ productCache, listProducts }), ["GET", "/v1/products?cursor=x"])).status).toBe(400);
    expect(productCache.putPage).not.toHaveBeenCalled();
  });
});

describe("PUT /v1/products/:sku", () => {
  const body = { name: " One ", price_minor: 500, currency: "EUR" };

  test.each([
    [true, 201],
    [false, 200],
  ])("created: %s is %i, and the cache has the change", async (created, status) => {
    const productCache = fakeCache();
    const putProduct = vi.fn<StockActorApi["putProduct"]>(() => Promise.resolve({ created, product: wireProduct }));
    const app = fakeApp({ productCache, stockActor: { putProduct } });
    const response = await send(app, ["PUT", path], { key: operatorKey, body, headers: { "X-Request-Id": "req" } });
    expect([response.status, await response.json()]).toEqual([status, wireProduct]);
    const context = { requestId: "req", correlationId: "req" };
    expect(putProduct).toHaveBeenCalledExactlyOnceWith({ sku: "PROD-1", name: "One", priceMinor: 500, currency: "EUR", context });
    expect(productCache.putProduct).toHaveBeenCalledExactlyOnceWith(wireProduct);
  });

  test.each([
    ["no name", { ...body, name: " " }, "name"],
    ["a price below 0", { ...body, price_minor: -1 }, "price_minor"],
    ["a price that is no integer", { ...body, price_minor: 0.5 }, "price_minor"],
    ["a currency in small letters", { ...body, currency: "eur" }, "currency"],
    ["a version of the client's", { ...body, version: 7 }, "version"],
  ])("%s is 422", async (_name, sent, field) => {
    const response = await send(fakeApp(), ["PUT", path], { key: operatorKey, body: sent });
    expect(await problemOf(response)).toMatchObject({ status: 422, code: "validation_failed", errors: [{ field }] });
  });
});
