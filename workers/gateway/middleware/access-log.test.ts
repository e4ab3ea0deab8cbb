import { beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../app.ts";
import { fakePorts, send, wireOrder } from "../testing/fake-ports.ts";

const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
beforeEach(() => info.mockClear());

async function lineAndMetrics(method: string, path: string) {
  const ports = fakePorts({ orderActor: { getOrder: () => Promise.resolve(wireOrder) } });
  await send(createApp(ports), [method, path], { headers: { "X-Request-Id": "req", "X-Correlation-Id": "journey" } });
  const line: unknown = JSON.parse(String(info.mock.calls.at(-1)?.[0]));
  return { line, metrics: vi.mocked(ports.metrics) };
}

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
