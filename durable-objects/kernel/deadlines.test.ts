import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import { Deadlines } from "./deadlines.ts";

const never = new Promise<never>(() => undefined);
const after = <Value>(ms: number, value: Value): Promise<Value> => new Promise((resolve) => setTimeout(() => resolve(value), ms));

/** What has become of a promise, as `[ended how, with what, at which ms]`. */
function watch(promise: Promise<unknown>): unknown[] {
  const startedAtMs = Date.now();
  const seen: unknown[] = [];
  promise.then(
    (value) => seen.push("resolved", value, Date.now() - startedAtMs),
    (error: unknown) => seen.push("rejected", (error as Error).message, Date.now() - startedAtMs),
  );
  return seen;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("Deadlines.within", () => {
  it("is what the promise is when that comes in time", async () => {
    const deadlines = new Deadlines();
    const answer = watch(deadlines.within(after(1_999, "yes"), { deadlineMs: 2_000, what: "the stock" }));
    const failure = watch(deadlines.within(Promise.reject(new Error("no such SKU")), { deadlineMs: 2_000, what: "the stock" }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answer).toEqual(["resolved", "yes", 1_999]);
    expect(failure).toEqual(["rejected", "no such SKU", 0]);
  });

  it("is a retryable error at the deadline, neither sooner nor later", async () => {
    const call = new Deadlines().within(never, { deadlineMs: 2_500, what: "the stock" });
    const seen = watch(call);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(["rejected", "the stock did not answer in 2500 ms", 2_500]);
    await expect(call).rejects.toSatisfy((error) => error instanceof OperatingError && error.retryable);
  });

  it("lets nobody wait for ever, and ends nothing early, when the clock is set back", async () => {
    const deadlines = new Deadlines();
    const before = deadlines.within(never, { deadlineMs: 500, what: "it" }).catch(() => "ended");
    await vi.advanceTimersByTimeAsync(100);
    vi.setSystemTime(Date.now() - 3_600_000);
    const after = watch(deadlines.within(never, { deadlineMs: 500, what: "it" }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.race([before, Promise.resolve("waits")])).toBe("ended");
    expect(after[2]).toBe(500);
  });

  it("keeps each call's own deadline, whatever came before it", async () => {
    const deadlines = new Deadlines();
    const lengths = [10_000, 300, 2_000, 40, 2_000, 700, 0];
    const calls = lengths.map((deadlineMs) => watch(deadlines.within(never, { deadlineMs, what: "it" })));
    await vi.advanceTimersByTimeAsync(350);
    const later = watch(deadlines.within(never, { deadlineMs: 100, what: "it" }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls.map(([, , atMs]) => atMs)).toEqual(lengths);
    expect(later[2]).toBe(100);
  });

  it("sets a few timers a second however many calls there are, and clears none: the runtime would never forget it", async () => {
    const deadlines = new Deadlines();
    const set = vi.spyOn(globalThis, "setTimeout");
    const clear = vi.spyOn(globalThis, "clearTimeout");
    for (let call = 0; call < 5_000; call += 1) {
      await deadlines.within(Promise.resolve(), { deadlineMs: call % 2 === 0 ? 2_000 : 10_000, what: "it" });
      vi.advanceTimersByTime(1);
    }
    expect(set.mock.calls.length).toBeLessThanOrEqual(21);
    expect(clear).not.toHaveBeenCalled();
  });

  it("leaves no timer a quarter of a second after the last answer, so that the object may sleep", async () => {
    const deadlines = new Deadlines();
    await deadlines.within(Promise.resolve(), { deadlineMs: 10_000, what: "it" });
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("Deadlines.waitFor", () => {
  it("ends with the promise or with the time, whichever is first", async () => {
    const deadlines = new Deadlines();
    const first = watch(deadlines.waitFor(after(100, undefined), 200));
    const second = watch(deadlines.waitFor(after(300, undefined), 200));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([first[2], second[2]]).toEqual([100, 200]);
  });
});
