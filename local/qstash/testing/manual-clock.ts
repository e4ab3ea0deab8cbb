/** A clock that stands still until a test moves it. */
import { vi } from "vitest";
import type { Clock } from "../clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on and runs every timer that is due by then, in order. */
  advance(ms: number): void;
}

/** The process's `Date` goes with it (call `vi.useRealTimers()` afterwards): a receiver in the same process reads it. */
export function manualClock(startMs: number): ManualClock {
  let now = startMs;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  vi.useFakeTimers({ now, toFake: ["Date"] });
  const moveTo = (ms: number): void => {
    now = ms;
    vi.setSystemTime(ms);
  };
  return {
    now: () => now,
    after(ms, run) {
      const timer = { atMs: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        moveTo(Math.max(now, next.atMs));
        next.run();
      }
      moveTo(end);
    },
  };
}
