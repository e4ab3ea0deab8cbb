import { describe, expect, test } from "vitest";
import { customerKey, fakeApp, fakeSettings, problemOf, send, wireOrder } from "../testing/fake-ports.ts";

const orderPath = `/v1/orders/${wireOrder.id}`;
const orderActor = { getOrder: () => Promise.resolve(wireOrder) };

describe("authenticate", () => {
  test.each([
    ["nothing", undefined],
    ["another key", "Bearer wrong"],
    ["an empty key", "Bearer "],
    ["another scheme", `Basic ${customerKey}`],
    ["no scheme", customerKey],
    ["the digest of a key", `Bearer ${fakeSettings.apiKeys[0]?.keySha256}`],
    ["a key with something after it", `Bearer ${customerKey} x`],
    ["bytes that are no token", "Bearer \u00ff\u00fe"],
  ])("%s is refused with 401 and the scheme", async (_name, authorization) => {
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    const response = await send(fakeApp({ orderActor }), ["GET", orderPath], { key: null, headers });
    expect([response.status, response.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    expect(await problemOf(response)).toMatchObject({ code: "unauthenticated" });
  });

  test.each([`Bearer ${customerKey}`, `bearer ${customerKey}`, `BEARER   ${customerKey}`])("%s is let in", async (authorization) => {
    const response = await send(fakeApp({ orderActor }), ["GET", orderPath], { key: null, headers: { Authorization: authorization } });
    expect(response.status).toBe(200);
  });

  test.each(["/v1", "/v1/nowhere", "/v1/orders/x/y/z"])("comes before the existence of the route: %s", async (path) => {
    expect((await send(fakeApp(), ["GET", path], { key: null })).status).toBe(401);
  });

  test.each([
    ["PUT", "/v1/products/PROD-1"],
    ["POST", "/v1/inventory/PROD-1/receive"],
    ["POST", "/v1/inventory/reserve"],
    ["POST", "/v1/inventory/release"],
    ["POST", "/v1/notify"],
  ])("requireOperator: a customer's %s %s is refused before anything is read", async (method, path) => {
    const response = await send(fakeApp(), [method, path], { idempotencyKey: null, body: "not json" });
    expect(response.status).toBe(403);
    expect(await problemOf(response)).toMatchObject({ code: "forbidden" });
  });
});
