import { expect, test, vi } from "vitest";
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
