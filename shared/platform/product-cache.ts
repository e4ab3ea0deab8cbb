/**
 * A cache of products in Redis (Upstash over HTTP). It may be slow, wrong or gone: each call is bounded, a failure is a
 * miss, and after a failure the cache is left alone for a while, so that a broken one slows nobody.
 *
 * Staleness. A product is written with its version and never over a newer one, by a script that Redis runs as one step: a
 * reader that fetched version 1 and writes it after version 2 was written changes nothing. So a change is written through
 * instead of deleted: after a deletion the late reader's version 1 would find nothing to lose against. When the write of a
 * change itself fails, version 1 is read until its time is up, `productTtlSeconds`. Pages have no version; theirs is short.
 */
import { Redis } from "@upstash/redis/cloudflare";
import type { z } from "zod";
import type { Chaos } from "../chaos/chaos.ts";
import { chaoticCache } from "../chaos/chaotic-cache.ts";
import { productListSchema, productSchema, type WireProduct } from "../contracts/product.ts";

const productTtlSeconds = 60;
const pageTtlSeconds = 5;
/** How long one call may take, ms. Beyond it the actor or Postgres is as fast. */
const callTimeoutMs = 150;
/** How long the cache is left alone after a failure, ms. */
const restMs = 3_000;

export interface ListProductsQuery {
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export type ProductPage = z.infer<typeof productListSchema>;

/** No method but `ping` ever throws. */
export interface ProductCache {
  /** null: not there, or the cache cannot be asked. */
  getProduct(sku: string): Promise<WireProduct | null>;
  /** Keeps the product unless a newer version is there: after a read of the truth, and after a change. */
  putProduct(product: WireProduct): Promise<void>;
  getPage(query: ListProductsQuery): Promise<ProductPage | null>;
  putPage(query: ListProductsQuery, page: ProductPage): Promise<void>;
  /** Asks the cache itself, for `/health`. Throws when it does not answer. */
  ping(): Promise<void>;
}

export interface CacheConnection {
  readonly url: string;
  readonly token: string;
  /** Only with CHAOS=on: what meets each command on its way. */
  readonly chaos?: Chaos | undefined;
}

/** Without a connection nothing is ever found and nothing kept. `now`: ms since 1970, for the rest after a failure. */
export function createProductCache(connection: CacheConnection | undefined, now: () => number = Date.now): ProductCache {
  if (connection === undefined) return noCache;
  const { chaos, ...where } = connection;
  const signal = (): AbortSignal => AbortSignal.timeout(callTimeoutMs);
  const redis = new Redis({ ...where, signal, retry: { retries: 0 }, enableTelemetry: false, enableAutoPipelining: false });
  return productCacheOver(chaos === undefined ? redis : chaoticCache(redis, { chaos, timeoutMs: callTimeoutMs }), now);
}

/** The part of `Redis` that is used. */
export type CacheCommands = Pick<Redis, "hget" | "get" | "set" | "eval" | "ping">;

/** The cache over commands that bound themselves. */
export function productCacheOver(redis: CacheCommands, now: () => number): ProductCache {
  const attempt = createCircuit(now);
  return {
    getProduct: async (sku) => productSchema.safeParse(await attempt(() => redis.hget(productKey(sku), "product"))).data ?? null,
    putProduct: async (product) => {
      const values = [product.version, JSON.stringify(product), productTtlSeconds];
      await attempt(() => redis.eval(putUnlessNewer, [productKey(product.sku)], values));
    },
    getPage: async (query) => productListSchema.safeParse(await attempt(() => redis.get(pageKey(query)))).data ?? null,
    putPage: async (query, page) => {
      await attempt(() => redis.set(pageKey(query), page, { ex: pageTtlSeconds }));
    },
    ping: async () => {
      await redis.ping();
    },
  };
}

const productKey = (sku: string): string => `product:${sku}`;
const pageKey = ({ limit, cursor = "" }: ListProductsQuery): string => `products:${limit}:${cursor}`;

/** ARGV: version, product, seconds to live. The same version again lives on as long as it would have. */
const putUnlessNewer = `
local version = redis.call("HGET", KEYS[1], "version")
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call("HSET", KEYS[1], "version", ARGV[1], "product", ARGV[2])
redis.call("EXPIRE", KEYS[1], ARGV[3])
return 1
`;

/** Runs a call unless one failed a short while ago; null when it was not run or failed. */
function createCircuit(now: () => number): (call: () => Promise<unknown>) => Promise<unknown> {
  let restUntilMs = 0;
  return async (call) => {
    if (now() < restUntilMs) return null;
    try {
      return await call();
    } catch {
      restUntilMs = now() + restMs;
      return null;
    }
  };
}

const noCache: ProductCache = {
  getProduct: () => Promise.resolve(null),
  putProduct: () => Promise.resolve(),
  getPage: () => Promise.resolve(null),
  putPage: () => Promise.resolve(),
  ping: () => Promise.reject(new Error("No cache is configured")),
};
