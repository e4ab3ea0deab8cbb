import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GatewayApp } from "../hono.ts";
import { fakeApp, problemOf, send, startMs, wireOrder } from "../testing/fake-ports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("deadline: what does not answer in time is answered 503 with Retry-After", async () => {
  const answer = send(fakeApp({ checkHealth: () => new Promise(() => undefined) }), ["GET", "/health"]);
  await vi.advanceTimersByTimeAsync(9_999);
  const early = await Promise.race([answer, Promise.resolve("still waiting")]);
  expect(early).toBe("still waiting");
  await vi.advanceTimersByTimeAsync(1);
  const response = await answer;
  expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
  expect(await problemOf(response)).toMatchObject({ code: "unavailable" });
});

test("deadline: what fails after it has passed changes nothing", async () => {
  const failing = Promise.withResolvers<never>();
  const answer = send(fakeApp({ checkHealth: () => failing.promise }), ["GET", "/health"]);
  await vi.advanceTimersByTimeAsync(10_000);
  const response = await answer;
  failing.reject(new Error("too late"));
  await vi.advanceTimersByTimeAsync(1);
  expect([response.status, vi.getTimerCount()]).toEqual([503, 0]);
});

test("deadline: an answer in time leaves no timer behind", async () => {
  const health = { status: "healthy", service: "gateway", dependencies: {}, timestamp: new Date(startMs).toISOString() } as const;
  const response = await send(fakeApp({ checkHealth: () => Promise.resolve(health) }), ["GET", "/health"]);
  expect(response.status).toBe(200);
  expect(vi.getTimerCount()).toBe(0);
});

describe("deadline: a body that has not come by then is its client's doing", () => {
  /** A POST whose body begins and then neither goes on nor ends, until the test says so. */
  const slowPost = (path: string, headers: Record<string, string>) => {
    let end = (): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"items"'));
        end = () => {
          controller.enqueue(new TextEncoder().encode(':[{"sku":"PROD-1","quantity":1}],"payment_method":"pm_card_visa"}'));
          controller.close();
        };
      },
    });
    const sent = { "Content-Type": "application/json", "Idempotency-Key": "k", Authorization: "Bearer customer-key", ...headers };
    const init = { method: "POST", headers: sent, body, duplex: "half" };
    return { request: new Request(`http://gateway${path}`, init), end: () => end() };
  };
  /** Its answer, once the body is being read: the look-up of the key before it takes real time. */
  const sendTo = async (app: GatewayApp, request: Request) => {
    const answer = Promise.resolve(app.request(request));
    await vi.waitUntil(() => request.body?.locked, { timeout: 5_000, interval: 1 });
    return { answer };
  };

  test.each([
    ["of a small length", "/v1/orders", { "Content-Length": "100" }],
    ["in chunks", "/v1/orders", {}],
    ["too large, and read only to be thrown away", "/v1/orders", { "Content-Length": "1000000" }],
    ["of a request that may have none", `/v1/orders/${wireOrder.id}/cancel`, { "Content-Length": "100" }],
    ["of a webhook", "/webhooks/stripe", { "Content-Length": "100" }],
  ])("%s: 408", async (_what, path, headers) => {
    const { answer } = await sendTo(fakeApp(), slowPost(path, headers).request);
    await vi.advanceTimersByTimeAsync(10_000);
    const response = await answer;
    expect([response.status, response.headers.get("X-Content-Type-Options")]).toEqual([408, "nosniff"]);
    expect(await problemOf(response)).toMatchObject({ code: "request_timeout" });
  });

  test("what comes of it later places no order", async () => {
    const placeOrder = vi.fn(() => new Promise<never>(() => undefined));
    const app = fakeApp({ placeOrder });
    const late = slowPost("/v1/orders", { "Content-Length": "73" });
    const { answer } = await sendTo(app, late.request);
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await answer).status).toBe(408);
    const inTime = slowPost("/v1/orders", { "Content-Length": "73", "Idempotency-Key": "in-time" });
    await sendTo(app, inTime.request);
    late.end();
    inTime.end();
    await vi.waitUntil(() => placeOrder.mock.calls.length > 0, { interval: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(placeOrder).toHaveBeenCalledTimes(1);
  });

  test("one that has come, to something slow behind us, is 503", async () => {
    const placeOrder = vi.fn(() => new Promise<never>(() => undefined));
    const { request, end } = slowPost("/v1/orders", { "Content-Length": "73" });
    const { answer } = await sendTo(fakeApp({ placeOrder }), request);
    end();
    await vi.waitUntil(() => placeOrder.mock.calls.length > 0, { interval: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await answer).status).toBe(503);
  });
});
