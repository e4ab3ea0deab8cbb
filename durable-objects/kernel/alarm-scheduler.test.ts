import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../shared/platform/logger.ts";
import { AlarmScheduler, type DueSource } from "./alarm-scheduler.ts";
import { Deadlines } from "./deadlines.ts";

const startMs = 1_000_000;

function someAlarms(storage: object, sources: readonly DueSource[]): AlarmScheduler {
  const options = { deadlines: new Deadlines(), logger: createLogger("orders") };
  return new AlarmScheduler(storage as DurableObjectStorage, sources, options);
}

/** An object whose alarm rings as the platform lets it: not while one is being handled. */
function someObject(...sources: readonly DueSource[]) {
  let alarmAtMs: number | null = null;
  let handled = true;
  const outcomes: string[] = [];
  const alarms = someAlarms({ setAlarm: (atMs: number) => ((alarmAtMs = atMs), Promise.resolve()) }, sources);
  alarms.arm(Date.now());
  const ring = async (): Promise<void> => {
    [alarmAtMs, handled] = [null, false];
    outcomes.push(await alarms.run());
    handled = true;
  };
  const pass = async (ms: number): Promise<void> => {
    for (const untilMs = Date.now() + ms; Date.now() < untilMs; await vi.advanceTimersByTimeAsync(10))
      if (handled && alarmAtMs !== null && alarmAtMs <= Date.now()) void ring();
  };
  return { outcomes, pass, alarmAtMs: () => alarmAtMs };
}

/** So many portions, due from the beginning, each done by `work`. */
function someSource(name: string, portions: number, work: () => Promise<void> = () => Promise.resolve()) {
  const seen = { left: portions, runs: 0 };
  const source: DueSource = {
    name,
    nextDueMs: () => (seen.left > 0 ? startMs : null),
    runDue: () => {
      seen.left -= 1;
      seen.runs += 1;
      return work();
    },
  };
  return { source, seen };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe("AlarmScheduler", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: startMs });
    vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("sets the next alarm though storage has refused the one before, also when that would have rung by now", async () => {
    const setAlarm = vi.fn<(atMs: number) => Promise<void>>().mockResolvedValue();
    setAlarm.mockRejectedValueOnce(new Error("the disk is full"));
    const alarms = someAlarms({ setAlarm }, []);
    alarms.arm(1_015_000);
    await vi.advanceTimersByTimeAsync(20_000);
    alarms.arm(1_050_000);
    alarms.arm(1_060_000);
    expect(setAlarm.mock.calls).toEqual([[1_015_000], [1_050_000]]);
  });

  it("goes on with what is due while another source hangs", async () => {
    const hanging = someSource("outbox", 3, never);
    const orders = someSource("orders", 20);
    const object = someObject(orders.source, hanging.source);
    await object.pass(2_000);
    expect([orders.seen.left, hanging.seen.runs]).toEqual([0, 1]);
  });

  it("lets a source that is at work alone, keeps an alarm for the time after its life, and goes on with it at its end", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { source, seen } = someSource("outbox", 3, () => promise);
    const object = someObject(source);
    await object.pass(1_100);
    for (let passed = 0; passed < 30_000; passed += 500) {
      await object.pass(500);
      expect(object.alarmAtMs()).toBeLessThanOrEqual(Date.now() + 5_000);
    }
    expect(seen.runs).toBe(1);
    resolve(undefined);
    await object.pass(100);
    expect(seen.runs).toBe(3);
  });

  it("runs a source that failed again in 5 s, and holds up no other for it", async () => {
    const failing = someSource("outbox", 2, () => Promise.reject(new Error("the disk is full")));
    const orders = someSource("orders", 20);
    const object = someObject(failing.source, orders.source);
    await object.pass(1_000);
    expect(object.outcomes[0]).toBe("failed");
    expect([failing.seen.runs, orders.seen.left]).toEqual([1, 0]);
    await object.pass(4_500);
    expect(failing.seen.runs).toBe(2);
  });

  it("tells of a source that fails after its run is over with the next one", async () => {
    const { promise, reject } = Promise.withResolvers<undefined>();
    const slow = someSource("outbox", 3, vi.fn<() => Promise<void>>().mockReturnValueOnce(promise).mockResolvedValue());
    const object = someObject(slow.source);
    await object.pass(2_000);
    expect(object.outcomes).toEqual(["ok"]);
    reject(new Error("the disk is full"));
    await object.pass(6_000);
    expect(object.outcomes.slice(0, 2)).toEqual(["ok", "failed"]);
    expect(object.outcomes.slice(2)).not.toContain("failed");
  });
});
