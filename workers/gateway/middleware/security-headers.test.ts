import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { expect, test } from "vitest";
import { fakeApp, send, wireOrder } from "../testing/fake-ports.ts";
import { securityHeaders } from "./security-headers.ts";

test("securityHeaders are those that hono's secureHeaders sets, with our policy and no frames", async () => {
  const hono = new Hono();
  const contentSecurityPolicy = {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    objectSrc: ["'none'"],
  };
  hono.get("/", secureHeaders({ contentSecurityPolicy, xFrameOptions: "DENY" }), (c) => c.body(null));
  const { headers } = await hono.request("/");
  expect([...new Headers(securityHeaders.map(([name, value]) => [name, value]))]).toEqual([...headers]);
});

test.each(["/", "/nowhere", "/v1/orders", "/docs"])("securityHeaders are on %s, and no CORS", async (path) => {
  const { headers } = await send(fakeApp(), ["GET", path], { key: null, headers: { Origin: "https://elsewhere.example" } });
  expect(headers.get("Content-Security-Policy")).toContain("default-src 'self'");
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("X-Frame-Options")).toBe("DENY");
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
});

test.each([
  ["an Error", new Error("lost")],
  ["something else", "lost"],
])("an answer to %s that was thrown has every header too", async (_what, thrown) => {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is thrown is the case
  const response = await send(fakeApp({ orderActor: { getOrder: () => Promise.reject(thrown) } }), ["GET", `/v1/orders/${wireOrder.id}`]);
  expect([response.status, response.headers.get("Cache-Control")]).toEqual([500, "no-store"]);
  for (const [name, value] of securityHeaders) expect(response.headers.get(name)).toBe(value);
});

test("noStore: no cache may keep what the API answers, refusals included", async () => {
  const response = await send(fakeApp(), ["GET", "/v1/orders"], { key: null });
  expect(response.headers.get("Cache-Control")).toBe("no-store");
});
