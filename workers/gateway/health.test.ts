import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHealthCheck, workerProbe, type DependencyName, type Probe } from "./health.ts";

const names: readonly DependencyName[] = ["database", "cache", "orders", "inventory", "payment", "notifications"];
const up: Probe = () => Promise.resolve(null);
const down: Probe = () => Promise.reject(new Error("connection refused"));
const probesWith = (failing: Partial<Record<DependencyName, Probe>>) => ({
  ...Object.fromEntries(names.map((name) => [name, up])),
  ...failing,
});

const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-21T09:30:00.000Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("createHealthCheck", () => {
  test("all up is healthy", async () => {
    expect(await createHealthCheck(probesWith({}), Date.now)()).toEqual({
      status: "healthy",
      service: "gateway",
      dependencies: Object.fromEntries(names.map((name) => [name, { status: "up", latency_ms: 0 }])),
      timestamp: "2026-11-21T09:30:00.000Z",
    });
  });

  test.each([
    ["database", "degraded"],
    ["cache", "degraded"],
    ["payment", "degraded"],
    ["notifications", "degraded"],
    ["orders", "unhealthy"],
    ["inventory", "unhealthy"],
  ] as const)("%s down is %s", async (name, status) => {
    const health = await createHealthCheck(probesWith({ [name]: down }), Date.now)();
    expect(health.status).toBe(status);
    expect(health.dependencies[name]).toEqual({ status: "down", latency_ms: 0, detail: "failed after 0 ms" });
    expect(Object.values(health.dependencies).filter((dependency) => dependency.status === "down")).toHaveLength(1);
  });

  test("why it is down is logged, and shown only when it said so itself: /health needs no key", async () => {
    const saysSo: Probe = () => Promise.resolve("down behind it: database");
    const health = await createHealthCheck({ cache: down, payment: saysSo }, Date.now)();
    expect(JSON.stringify(health)).not.toContain("connection refused");
    expect(health.dependencies["payment"]).toMatchObject({ status: "down", detail: "down behind it: database" });
    expect(JSON.parse(String(warn.mock.calls.at(-1)?.[0]))).toMatchObject({ dependency: "cache", error: "Error: connection refused" });
  });

  test("a probe that throws before it returns is down, and no more than that", async () => {
    const broken: Probe = () => {
      throw new Error("no such binding");
    };
    expect((await createHealthCheck(probesWith({ cache: broken }), Date.now)()).dependencies["cache"]?.status).toBe("down");
  });

  test("one that fails by a shorter limit of its own is told to have failed then", async () => {
    const impatient: Probe = () => new Promise((_resolve, reject) => setTimeout(() => reject(new Error("aborted")), 150));
    const check = createHealthCheck({ cache: impatient }, Date.now)();
    await vi.advanceTimersByTimeAsync(150);
    expect((await check).dependencies["cache"]).toEqual({ status: "down", latency_ms: 150, detail: "failed after 150 ms" });
  });

  test("probes run side by side, and none is waited for more than a second", async () => {
    const silent: Probe = () => new Promise(() => undefined);
    const check = createHealthCheck(probesWith({ database: silent, cache: silent, payment: silent }), Date.now)();
    await vi.advanceTimersByTimeAsync(1_000);
    const health = await check;
    expect(health.status).toBe("degraded");
    expect(health.dependencies["database"]).toEqual({ status: "down", latency_ms: 1_000, detail: "did not answer within 1000 ms" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the answer is kept for a second", async () => {
    const probe = vi.fn(up);
    const check = createHealthCheck({ orders: probe }, Date.now);
    await check();
    vi.advanceTimersByTime(999);
    await check();
    expect(probe).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    await check();
    expect(probe).toHaveBeenCalledTimes(2);
  });
});

describe("workerProbe", () => {
  const dependencies = { database: { status: "down", latency_ms: 1 }, payment: { status: "up", latency_ms: 1 } } as const;

  test("a Worker that says it is up is up, whatever is behind it", async () => {
    await expect(workerProbe({ health: () => Promise.resolve({ status: "up", dependencies }) })()).resolves.toBeNull();
  });

  test("one that says it is down tells what is down behind it", async () => {
    await expect(workerProbe({ health: () => Promise.resolve({ status: "down", dependencies }) })()).resolves.toBe(
      "down behind it: database",
    );
  });
});
