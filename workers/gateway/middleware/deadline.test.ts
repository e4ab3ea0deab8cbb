import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fakeApp, problemOf, send, startMs } from "../testing/fake-ports.ts";

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
