import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChangeOrderReply, PlaceOrderReply } from "../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import { orderIdFor, idempotencyName } from "../../../shared/platform/ids.ts";
import { createApp } from "../app.ts";
import { changed, fakeApp, fakeOrderActor, fakePorts, operatorKey, send, wireOrder, type PortOverrides } from "../testing/fake-ports.ts";

const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
beforeEach(() => info.mockClear());
afterEach(() => vi.useRealTimers());

async function lineAndMetrics(method: string, path: string) {
  const ports = fakePorts({ orderActor: { getOrder: () => Promise.resolve(wireOrder) } });
  await send(createApp(ports), [method, path], { headers: { "X-Request-Id": "req", "X-Correlation-Id": "journey" } });
  const line: unknown = JSON.parse(String(info.mock.calls.at(-1)?.[0]));
  return { line, metrics: vi.mocked(ports.metrics) };
}

const orderBody = { items: [{ sku: "PROD-1", quantity: 1 }], payment_method: "pm_card_visa" };
const settled = { kind: "settled", replayed: false, order: wireOrder, requestId: "req" } as const;
const failedOrder = { ...wireOrder, status: "failed", failure: { code: "out_of_stock", detail: "why" } } as const;
const placing = (reply: PlaceOrderReply | Error): PortOverrides => ({
  orderActor: { placeOrder: () => (reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply)) },
});
const changing = (reply: ChangeOrderReply): PortOverrides => ({ orderActor: fakeOrderActor(reply) });

const orderFields = ["order_id", "order_status", "failure", "replayed", "code"] as const;
/** What the line of a request says of an order. */
async function saidOf(path: string, { body, ...ports }: PortOverrides & { readonly body?: unknown }) {
  await send(fakeApp(ports), ["POST", path], { body, key: operatorKey });
  const line = JSON.parse(String(info.mock.calls.at(-1)?.[0])) as Record<string, unknown>;
  return Object.fromEntries(orderFields.flatMap((field) => (field in line ? [[field, line[field]]] : [])));
}

describe("accessLog: what became of the order", () => {
  let order_id: string;
  beforeEach(async () => (order_id = orderIdFor(await idempotencyName("ops", "key-1"))));

  test.each<[string, PlaceOrderReply, object]>([
    ["placed", settled, { order_status: "confirmed" }],
    ["refused", { ...settled, order: failedOrder }, { order_status: "failed", failure: "out_of_stock", code: "out_of_stock" }],
    [
      "not ended",
      { kind: "accepted", replayed: false, order: { ...wireOrder, status: "pending_payment" } },
      { order_status: "pending_payment" },
    ],
    ["asked for again", { ...settled, replayed: true }, { order_status: "confirmed", replayed: true }],
    ["another one's", { kind: "mismatch", fields: ["body.items"] }, { code: "idempotency_mismatch" }],
  ])("an order that was %s", async (_what, reply, said) => {
    expect(await saidOf("/v1/orders", { ...placing(reply), body: orderBody })).toEqual({ order_id, ...said });
  });

  test("an order of which nothing was heard: where to look for it", async () => {
    const said = await saidOf("/v1/orders", { ...placing(new OperatingError("lost", { retryable: true })), body: orderBody });
    expect(said).toEqual({ order_id, code: "unavailable" });
  });

  test.each([
    ["placed", "/v1/orders", orderBody],
    ["changed", `/v1/orders/${wireOrder.id}/cancel`, {}],
  ])("an order that is %s after the deadline: where to look for it, and how it stands in a line of its own", async (what, path, body) => {
    vi.useFakeTimers();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = vi.fn(() => promise);
    const late = { placeOrder: () => asked().then(() => settled), changeOrder: () => asked().then(() => changed) };
    const answer = send(fakeApp({ orderActor: { ...fakeOrderActor(), ...late } }), ["POST", path], { body, key: operatorKey });
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await answer).status).toBe(503);
    resolve(undefined);
    vi.useRealTimers();
    await vi.waitFor(() => expect(info).toHaveBeenCalledTimes(2));
    const [request, outcome] = info.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    const ids = { order_id: what === "placed" ? order_id : wireOrder.id, request_id: request?.["request_id"] };
    expect(request).toMatchObject({ message: "request", ...ids, code: "unavailable" });
    expect(request).not.toHaveProperty("order_status");
    expect(outcome).toMatchObject({ message: "order confirmed", ...ids, order_status: "confirmed" });
  });

  test.each<[string, ChangeOrderReply, object]>([
    ["was changed", changed, { order_status: "confirmed" }],
    ["has failed", { ...changed, order: failedOrder }, { order_status: "failed", failure: "out_of_stock" }],
    [
      "refused it",
      { kind: "refused", code: "order_not_cancellable", detail: "why", order: wireOrder },
      { order_status: "confirmed", code: "order_not_cancellable" },
    ],
    ["is not there", { kind: "not_found" }, { code: "not_found" }],
  ])("an order that %s", async (_what, reply, said) => {
    expect(await saidOf(`/v1/orders/${wireOrder.id}/cancel`, changing(reply))).toEqual({ order_id: wireOrder.id, ...said });
  });
});

describe("accessLog", () => {
  test.each([
    ["GET", `/v1/orders/${wireOrder.id}`, { method: "GET", path: "/v1/orders/:id", status_code: 200 }],
    ["HEAD", `/v1/orders/${wireOrder.id}`, { method: "HEAD", path: "/v1/orders/:id", status_code: 200 }],
    ["GET", "/v1/orders/nonsense", { method: "GET", path: "/v1/orders/:id", status_code: 404 }],
    ["POST", "/v1/orders", { method: "POST", path: "/v1/orders", status_code: 415 }],
    ["GET", "/nowhere/at/all", { method: "GET", path: "unmatched", status_code: 404 }],
    ["DELETE", `/v1/orders/${wireOrder.id}`, { method: "DELETE", path: "unmatched", status_code: 405 }],
    ["BREW", "/coffee", { method: "OTHER", path: "unmatched", status_code: 404 }],
  ])("%s %s is logged and counted under its template", async (method, path, expected) => {
    const { line, metrics } = await lineAndMetrics(method, path);
    expect(line).toMatchObject({
      level: "info",
      service: "gateway",
      request_id: "req",
      correlation_id: "journey",
      duration_ms: 0,
      ...expected,
    });
    const labels = { method: expected.method, path: expected.path };
    expect(metrics.count).toHaveBeenCalledExactlyOnceWith("http_requests_total", { ...labels, status_code: String(expected.status_code) });
    expect(metrics.observe).toHaveBeenCalledExactlyOnceWith("http_request_duration_seconds", labels, 0);
  });

  test("the gauge goes up while the request runs and down when it has failed", async () => {
    const { metrics } = await lineAndMetrics("GET", "/health");
    expect(metrics.gauge.mock.calls.map(([name, , value]) => [name, value])).toEqual([
      ["http_requests_in_flight", 1],
      ["http_requests_in_flight", 0],
    ]);
  });

  test("the duration is the clock's, in ms in the log and in seconds in the histogram", async () => {
    let nowMs = 0;
    const ports = fakePorts({ now: () => nowMs, orderActor: { getOrder: () => ((nowMs += 250), Promise.resolve(wireOrder)) } });
    await send(createApp(ports), ["GET", `/v1/orders/${wireOrder.id}`]);
    expect(JSON.parse(String(info.mock.calls.at(-1)?.[0]))).toMatchObject({ duration_ms: 250 });
    expect(vi.mocked(ports.metrics.observe).mock.calls[0]?.[2]).toBe(0.25);
  });
});
