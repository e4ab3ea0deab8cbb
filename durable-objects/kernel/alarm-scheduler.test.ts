import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../shared/platform/logger.ts";
import { AlarmScheduler } from "./alarm-scheduler.ts";

describe("AlarmScheduler", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("sets the next alarm though storage has refused the one before, also when that would have rung by now", async () => {
    const setAlarm = vi.fn<(atMs: number) => Promise<void>>().mockResolvedValue();
    setAlarm.mockRejectedValueOnce(new Error("the disk is full"));
    const alarms = new AlarmScheduler({ setAlarm } as unknown as DurableObjectStorage, [], createLogger("orders"));
    alarms.arm(1_015_000);
    await vi.advanceTimersByTimeAsync(20_000);
    alarms.arm(1_050_000);
    alarms.arm(1_060_000);
    expect(setAlarm.mock.calls).toEqual([[1_015_000], [1_050_000]]);
  });
});
