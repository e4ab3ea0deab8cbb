import RedisMock from "ioredis-mock";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { WireProduct } from "../contracts/product.ts";
import { createProductCache, productCacheOver, type CacheCommands } from "./product-cache.ts";

const product: WireProduct = {
  sku: "PROD-1",
  name: "One",
  price_minor: 500,
  currency: "EUR",
  version: 1,
  updated_at: "2026-11-21T09:30:00.000Z",
};
const changed: WireProduct = { ...product, price_minor: 600, version: 2 };
const query = { limit: 20 };
const page = { data: [product], next_cursor: null };

const redis = new RedisMock();
/** A Redis with its Lua, behind the commands as the HTTP client has them: values are JSON on the way in and out. */
const commands = {
  hget: async (key: string, field: string) => parsed(await redis.hget(key, field)),
  get: async (key: string) => parsed(await redis.get(key)),
  set: (key: string, value: unknown, { ex }: { ex: number }) => redis.set(key, JSON.stringify(value), "EX", ex),
  eval: (script: string, [key = ""]: string[], values: (string | number)[]) => redis.eval(script, 1, key, ...values),
  ping: () => redis.ping(),
} as unknown as CacheCommands;
const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

beforeEach(async () => {
  await redis.flushall();
});

describe("productCacheOver", () => {
  const cache = productCacheOver(commands, () => 0);

  test("a product that was put is found, for 60 s", async () => {
    expect(await cache.getProduct("PROD-1")).toBeNull();
    await cache.putProduct(product);
    expect(await cache.getProduct("PROD-1")).toEqual(product);
    expect(await redis.ttl("product:PROD-1")).toBe(60);
  });

  test("a late reader does not put the old version over the change", async () => {
    await cache.putProduct(changed);
    await cache.putProduct(product);
    expect(await cache.getProduct("PROD-1")).toEqual(changed);
  });

  test("a change takes the place of the old version", async () => {
    await cache.putProduct(product);
    await cache.putProduct(changed);
    expect(await cache.getProduct("PROD-1")).toEqual(changed);
  });

  test("pages are found by all of their query, for 5 s", async () => {
    await cache.putPage(query, page);
    expect(await cache.getPage(query)).toEqual(page);
    expect(await cache.getPage({ limit: 21 })).toBeNull();
    expect(await cache.getPage({ limit: 20, cursor: "next" })).toBeNull();
    expect(await redis.ttl("products:20:")).toBe(5);
  });

  test.each(["{}", '"text"', "[1]", JSON.stringify({ ...product, price_minor: "500" })])(
    "a stored value that is none, %s, is a miss",
    async (stored) => {
      await redis.hset("product:PROD-1", "product", stored);
      await redis.set("products:20:", stored);
      expect([await cache.getProduct("PROD-1"), await cache.getPage(query)]).toEqual([null, null]);
    },
  );
});

describe("a cache that fails", () => {
  test("is a miss, is left alone for 3 s, and is then asked again", async () => {
    let nowMs = 0;
    const hget = vi.fn<() => Promise<unknown>>(() => Promise.reject(new Error("connection refused")));
    const set = vi.fn(() => Promise.resolve("OK"));
    const cache = productCacheOver({ ...commands, hget, set } as unknown as CacheCommands, () => nowMs);
    expect(await cache.getProduct("PROD-1")).toBeNull();
    nowMs = 2_999;
    expect(await cache.getProduct("PROD-1")).toBeNull();
    await cache.putPage(query, page);
    expect([hget.mock.calls.length, set.mock.calls.length]).toEqual([1, 0]);
    nowMs = 3_000;
    hget.mockResolvedValue(product);
    expect(await cache.getProduct("PROD-1")).toEqual(product);
  });

  test("ping says so, also while it is left alone", async () => {
    const failing = () => Promise.reject(new Error("connection refused"));
    const cache = productCacheOver({ ...commands, hget: failing, ping: failing }, () => 0);
    await cache.getProduct("PROD-1");
    await expect(cache.ping()).rejects.toThrow("connection refused");
  });
});

describe("createProductCache", () => {
  test("without a connection nothing is found and nothing fails", async () => {
    const cache = createProductCache(undefined);
    await cache.putProduct(product);
    await cache.putPage(query, page);
    expect([await cache.getProduct("PROD-1"), await cache.getPage(query)]).toEqual([null, null]);
    await expect(cache.ping()).rejects.toThrow("No cache is configured");
  });

  test("asks Upstash over HTTP with the token, once, under a deadline of its own for each call", async () => {
    const result = { result: btoa(JSON.stringify(product)) };
    const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(Response.json(result)));
    vi.stubGlobal("fetch", fetch);
    const timeout = vi.spyOn(AbortSignal, "timeout");
    const cache = createProductCache({ url: "http://cache.example", token: "secret" });
    expect(await cache.getProduct("PROD-1")).toEqual(product);
    fetch.mockRejectedValueOnce(new TypeError("fetch failed"));
    expect(await cache.getProduct("PROD-1")).toBeNull();
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(timeout.mock.calls).toEqual([[150], [150]]);
    const init = fetch.mock.calls[0]?.[1];
    expect(new Headers(init?.headers).get("Authorization")).toBe("Bearer secret");
    expect(init?.body).toBe(JSON.stringify(["hget", "product:PROD-1", "product"]));
    vi.unstubAllGlobals();
  });
});
