import { expect, test, vi } from "vitest";
import { toGremlinRule, toWireGremlin } from "../../../shared/contracts/chaos-mapping.ts";
import { gremlinBodySchemas } from "../../../shared/contracts/chaos.ts";
import { createApp } from "../app.ts";
import { fakePorts, send } from "../testing/fake-ports.ts";

const text = "# TYPE http_requests_total counter\n";

test.each([
  ["after its own counts were sent", () => Promise.resolve()],
  ["also when they could not be sent", () => Promise.reject(new Error("no answer"))],
])("GET /metrics answers the sums, without a key, %s", async (_name, flush) => {
  const calls: string[] = [];
  const ports = fakePorts({ metricsActor: { render: () => Promise.resolve((calls.push("render"), text)) } });
  vi.spyOn(ports.metrics, "flush").mockImplementation(() => (calls.push("flush"), flush()));
  const response = await send(createApp(ports), ["GET", "/metrics"], { key: null });
  expect([response.status, await response.text()]).toEqual([200, text]);
  expect(response.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(calls).toEqual(["flush", "render"]);
});

test("GET /metrics tells how many gremlins may strike: none of those that are spent or quiet, and 0 when the last is gone", async () => {
  const gremlin = { ...toGremlinRule("error", gremlinBodySchemas.error.parse({ service: "payment" })), seen: 0, fired: 0 };
  const lists = [[gremlin, { ...gremlin, enabled: false }, { ...gremlin, times: 1, fired: 1 }], []];
  const chaos = { put: vi.fn(), clear: vi.fn(), list: () => Promise.resolve((lists.shift() ?? []).map(toWireGremlin)) };
  const ports = fakePorts({ chaos, metricsActor: { render: () => Promise.resolve(text) } });
  const flush = vi.spyOn(ports.metrics, "flush");
  const app = createApp(ports);
  for (const value of [1, 0]) {
    await send(app, ["GET", "/metrics"], { key: null });
    expect(ports.metrics.gauge).toHaveBeenCalledWith("holdfast_chaos_active", {}, value);
  }
  const said = vi.mocked(ports.metrics.gauge).mock;
  const [first] = said.invocationCallOrder.filter((_order, call) => said.calls[call]?.[0] === "holdfast_chaos_active");
  expect(first).toBeLessThan(flush.mock.invocationCallOrder[0] ?? 0);
});

test("GET /metrics says nothing of gremlins with CHAOS=off", async () => {
  const ports = fakePorts({ metricsActor: { render: () => Promise.resolve(text) } });
  await send(createApp(ports), ["GET", "/metrics"], { key: null });
  expect(vi.mocked(ports.metrics.gauge).mock.calls.map(([name]) => name)).not.toContain("holdfast_chaos_active");
});
