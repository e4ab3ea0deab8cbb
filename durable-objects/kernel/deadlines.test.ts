import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadlines } from "./deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<string>(() => undefined);
const late = (): string => "late";

describe("Deadlines.within", () => {
  it("gives what comes in time, also an error, and leaves no timer behind", async () => {
    const deadlines = new Deadlines();
    const slow = new Promise<string>((resolve) => setTimeout(() => resolve("in time"), 900));
    const answers = Promise.allSettled([
      deadlines.within(slow, 1_000, late),
      deadlines.within(Promise.reject(new Error("no")), 1_000, late),
    ]);
    await vi.advanceTimersByTimeAsync(900);
    expect(await answers).toMatchObject([{ value: "in time" }, { reason: { message: "no" } }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives each up when its own time has come, with one timer for all", async () => {
    const deadlines = new Deadlines();
    const ended: string[] = [];
    for (const deadlineMs of [3_000, 1_000, 2_000, 1_000]) {
      void deadlines.within(never, deadlineMs, late).then(() => ended.push(`${deadlineMs} at ${Date.now() - 1_000_000}`));
    }
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ended).toEqual(["1000 at 1000", "1000 at 1000", "2000 at 2000", "3000 at 3000"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with what the late answer throws", async () => {
    const waiting = new Deadlines().within(never, 1_000, () => {
      throw new Error("too late");
    });
    const failed = expect(waiting).rejects.toThrow("too late");
    await vi.advanceTimersByTimeAsync(1_000);
    await failed;
  });

  it("lets nobody wait for ever when the clock is set back", async () => {
    const deadlines = new Deadlines();
    const ended: string[] = [];
    void deadlines.within(never, 2_000, late).then(() => ended.push("first"));
    vi.setSystemTime(0);
    void deadlines.within(never, 1_000, late).then(() => ended.push("second"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ended).toEqual(["second", "first"]);
  });
});
