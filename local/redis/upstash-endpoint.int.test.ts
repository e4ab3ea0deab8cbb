import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalEndpoint } from "../http-endpoint.ts";
import { connectRedis, openEmbeddedRedis } from "./client-engine.ts";
import type { RedisEngine } from "./engine.ts";
import { openUpstashEndpoint } from "./upstash-endpoint.ts";

const serverUrl = process.env["HOLDFAST_REDIS_URL"];
const engines: [string, () => Promise<RedisEngine>][] = [["the embedded engine", () => Promise.resolve(openEmbeddedRedis())]];
if (serverUrl !== undefined) engines.push(["redis-server", () => connectRedis(serverUrl)]);

describe.each(engines)("the Upstash endpoint over %s", (_name, open) => {
  let engine: RedisEngine;
  let endpoint: LocalEndpoint;
  let redis: Redis;
  const key = (name: string): string => `holdfast-test:${name}`;

  beforeAll(async () => {
    engine = await open();
    endpoint = await openUpstashEndpoint(engine, { port: 0, token: "secret" });
    redis = new Redis({ url: endpoint.url, token: "secret", retry: false, enableTelemetry: false });
    await redis.del(...["text", "once", "count", "json", "gone", "hash", "list", "lua", "multi", "ok"].map(key));
  });

  afterAll(async () => {
    await endpoint.stop();
    await engine.close();
  });

  test("SET, GET, NX, EX, TTL, DEL, INCR, PING", async () => {
    expect(await redis.ping()).toBe("PONG");
    expect(await redis.set(key("text"), "é ☃ \u0000 'quoted'", { ex: 60 })).toBe("OK");
    expect(await redis.get(key("text"))).toBe("é ☃ \u0000 'quoted'");
    expect(await redis.ttl(key("text"))).toBeGreaterThan(50);
    expect(await redis.set(key("once"), 1, { nx: true, px: 60_000 })).toBe("OK");
    expect(await redis.set(key("once"), 2, { nx: true })).toBeNull();
    expect(await redis.incr(key("count"))).toBe(1);
    expect(await redis.incrby(key("count"), 4)).toBe(5);
    expect(await redis.expire(key("count"), 100)).toBe(1);
    expect(await redis.del(key("text"), key("count"))).toBe(2);
    expect(await redis.get(key("text"))).toBeNull();
    expect(await redis.ttl(key("text"))).toBe(-2);
  });

  test("values that look like the protocol's own come back as they were", async () => {
    await redis.set(key("ok"), "OK");
    expect(await redis.get(key("ok"))).toBe("OK");
    await redis.set(key("json"), { sku: "PROD-1", price: { minor: 1999 }, tags: ["a", null] });
    expect(await redis.get(key("json"))).toEqual({ sku: "PROD-1", price: { minor: 1999 }, tags: ["a", null] });
    expect(await redis.mget(key("json"), key("nothing"))).toEqual([{ sku: "PROD-1", price: { minor: 1999 }, tags: ["a", null] }, null]);
  });

  test("hashes and lists", async () => {
    await redis.hset(key("hash"), { a: 1, b: "two" });
    expect(await redis.hgetall(key("hash"))).toEqual({ a: 1, b: "two" });
    await redis.rpush(key("list"), "x", "y");
    expect(await redis.lrange(key("list"), 0, -1)).toEqual(["x", "y"]);
  });

  test("a key with PX is gone when its time is over", async () => {
    await redis.set(key("gone"), "soon", { px: 1 });
    await expect.poll(() => redis.get(key("gone")), { interval: 2 }).toBeNull();
  });

  test("a pipeline answers each command, a refused one with its error", async () => {
    const url = `${endpoint.url}/pipeline`;
    const body = JSON.stringify([["SET", key("multi"), "1"], ["NOSUCHCOMMAND"], ["GET", key("multi")]]);
    const response = await fetch(url, { method: "POST", headers: { authorization: "Bearer secret" }, body });
    expect(await response.json()).toEqual([
      { result: "OK" },
      { error: expect.stringContaining("ERR unknown command") as string },
      { result: "1" },
    ]);
    expect(await redis.pipeline().set(key("multi"), "2").get(key("multi")).exec()).toEqual(["OK", 2]);
  });

  test("multi-exec runs all of them as one", async () => {
    expect(await redis.multi().set(key("multi"), 10).incr(key("multi")).get(key("multi")).exec()).toEqual(["OK", 11, 11]);
  });

  test("EVAL runs the kind of script a rate limiter is made of", async () => {
    const script = `
      local used = redis.call("INCRBY", KEYS[1], ARGV[2])
      if used == tonumber(ARGV[2]) then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
      return {used, redis.call("PTTL", KEYS[1]) > 0 and 1 or 0}`;
    expect(await redis.eval(script, [key("lua")], [60_000, 1])).toEqual([1, 1]);
    expect(await redis.eval(script, [key("lua")], [60_000, 1])).toEqual([2, 1]);
    expect(await redis.eval(`return redis.call("GET", KEYS[1])`, [key("nothing")], [])).toBeNull();
    expect(await redis.createScript<number>("return tonumber(ARGV[1]) + 1").exec([], ["41"])).toBe(42);
  });

  test("another token is refused, and so is a command that would hold the connection", async () => {
    await expect(new Redis({ url: endpoint.url, token: "other", retry: false }).ping()).rejects.toThrow("WRONGPASS");
    const response = await fetch(endpoint.url, { method: "POST", headers: { authorization: "Bearer secret" }, body: '["SUBSCRIBE","x"]' });
    expect(response.status).toBe(400);
  });

  test("it goes away, hangs, and comes back on the same port", async () => {
    await endpoint.stop();
    await expect(redis.ping()).rejects.toThrow();
    await endpoint.start();
    endpoint.pause();
    const held = redis.ping();
    const first = await Promise.race([
      held.then(() => "answered"),
      fetch(endpoint.url, { signal: AbortSignal.timeout(50) }).catch(() => "silent"),
    ]);
    expect(first).toBe("silent");
    await endpoint.start();
    expect(await held).toBe("PONG");
  });
});
