import { expect, test } from "vitest";
import { fakeApp, send } from "../testing/fake-ports.ts";

test.each([
  ["healthy", 200],
  ["degraded", 200],
  ["unhealthy", 503],
] as const)("GET /health: %s is %i, without a key", async (status, code) => {
  const health = { status, service: "gateway", dependencies: {}, timestamp: "2026-11-21T09:30:00.000Z" };
  const response = await send(fakeApp({ checkHealth: () => Promise.resolve(health) }), ["GET", "/health"], { key: null });
  expect([response.status, await response.json()]).toEqual([code, health]);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
});
