import { describe, expect, test } from "vitest";
import type { StockActorApi } from "../../../shared/contracts/rpc.ts";
import { fakeApp, madeId, send, wireProduct } from "../testing/fake-ports.ts";

describe("requestId", () => {
  test.each([
    ["abc", "abc"],
    ["A-z_0.9", "A-z_0.9"],
    ["x".repeat(64), "x".repeat(64)],
    ["x".repeat(65), madeId],
    ["two words", madeId],
    ["a\tb", madeId],
    ['"quoted"', madeId],
    ["", madeId],
  ])("X-Request-Id %j is answered with %j", async (sent, answered) => {
    const response = await send(fakeApp(), ["GET", "/nowhere"], { headers: { "X-Request-Id": sent } });
    expect(response.headers.get("X-Request-Id")).toBe(answered);
    expect(await response.json()).toMatchObject({ request_id: answered });
  });

  test.each([
    ["unmatched", "GET", "/nowhere"],
    ["unauthenticated", "GET", "/v1/orders"],
    ["redirect", "GET", "/"],
    ["OPTIONS", "OPTIONS", "/health"],
    ["failed", "GET", "/health"],
  ])("is on every response: %s", async (_name, method, path) => {
    const response = await send(fakeApp(), [method, path], { key: null });
    expect(response.headers.get("X-Request-Id")).toBe(madeId);
  });

  test("the correlation id is the caller's when it is one, else the request id", async () => {
    const seen: string[] = [];
    const putProduct: StockActorApi["putProduct"] = ({ context }) => {
      seen.push(context.correlationId);
      return Promise.resolve({ created: false, product: wireProduct });
    };
    const stockActor = { putProduct };
    const put = (headers: Record<string, string>) =>
      send(fakeApp({ stockActor }), ["PUT", "/v1/products/PROD-1"], {
        key: "operator-key",
        body: { name: "One", price_minor: 1, currency: "EUR" },
        headers,
      });
    await put({ "X-Request-Id": "req", "X-Correlation-Id": "journey" });
    await put({ "X-Request-Id": "req", "X-Correlation-Id": "not valid" });
    await put({ "X-Request-Id": "req" });
    expect(seen).toEqual(["journey", "req", "req"]);
  });
});
