import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MinuteCrons } from "./minute-crons.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("MinuteCrons", () => {
  it("fires every minute until it is stopped, also after one that has failed, and counts both", async () => {
    const fire = vi.fn(() => Promise.resolve());
    const say = vi.fn();
    fire.mockRejectedValueOnce(new Error("Postgres is away"));
    const crons = new MinuteCrons(fire, say);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(fire).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(120_001);
    expect(await crons.stop()).toEqual({ fired: 3, failed: 1 });
    expect(say.mock.calls).toEqual([["a cron trigger failed: Error: Postgres is away"]]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(fire).toHaveBeenCalledTimes(3);
  });

  it("waits at the end for the one that is under way, which takes the place of those that come due meanwhile", async () => {
    let end: () => void = () => undefined;
    const fire = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const crons = new MinuteCrons(fire, () => undefined);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(fire).toHaveBeenCalledTimes(1);
    const stopped = vi.fn();
    void crons.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).not.toHaveBeenCalled();
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toHaveBeenCalledWith({ fired: 1, failed: 0 });
  });
});
