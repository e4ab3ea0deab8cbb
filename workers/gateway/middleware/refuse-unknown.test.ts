import { describe, expect, test } from "vitest";
import { fakeApp, problemOf, send, wireOrder } from "../testing/fake-ports.ts";

describe("refuseUnknown", () => {
  test.each([
    ["DELETE", "/v1/orders", "POST, GET, HEAD, OPTIONS"],
    ["PATCH", `/v1/orders/${wireOrder.id}`, "GET, HEAD, OPTIONS"],
    ["POST", "/v1/products/PROD-1", "GET, HEAD, PUT, OPTIONS"],
    ["PUT", "/v1/inventory/PROD-1/receive", "POST, OPTIONS"],
    ["GET", "/v1/inventory/PROD-1/receive", "POST, OPTIONS"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["POST", "/console/app.js", "GET, HEAD, OPTIONS"],
    ["BREW", "/", "GET, HEAD, OPTIONS"],
  ])("%s %s is refused with 405 and Allow: %s", async (method, path, allow) => {
    const response = await send(fakeApp(), [method, path], { body: undefined });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, allow]);
    expect(await problemOf(response)).toMatchObject({ code: "method_not_allowed" });
  });

  test("HEAD of a path that has only POST is refused too, without a body", async () => {
    const response = await send(fakeApp(), ["HEAD", "/v1/notify"]);
    expect([response.status, response.headers.get("Allow"), await response.text()]).toEqual([405, "POST, OPTIONS", ""]);
  });

  test("HEAD answers as GET does, without the body", async () => {
    const app = fakeApp({ orderActor: { getOrder: () => Promise.resolve(wireOrder) } });
    const response = await send(app, ["HEAD", `/v1/orders/${wireOrder.id}`]);
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test("OPTIONS is answered with what is allowed, and has no content and no type of it", async () => {
    const response = await send(fakeApp(), ["OPTIONS", "/v1/orders"]);
    expect([response.status, response.headers.get("Allow")]).toEqual([204, "POST, GET, HEAD, OPTIONS"]);
    expect([response.headers.get("Content-Type"), await response.text()]).toEqual([null, ""]);
  });

  test.each(["GET", "DELETE", "OPTIONS", "BREW"])("%s of a path that does not exist is 404", async (method) => {
    expect(await problemOf(await send(fakeApp(), [method, "/v1/nowhere"]))).toMatchObject({ status: 404, code: "not_found" });
  });

  test("a route's own 404 stays one", async () => {
    const app = fakeApp({ orderActor: { getOrder: () => Promise.resolve(null) } });
    expect((await send(app, ["GET", `/v1/orders/${wireOrder.id}`])).status).toBe(404);
  });
});
