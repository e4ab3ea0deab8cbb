/** Time as the local QStash sees it, so that a test moves it instead of waiting. */

export interface Clock {
  /** Now, ms since 1970. */
  now(): number;
  /** Runs something once, not sooner than `ms` from now. @returns What takes it back. */
  after(ms: number, run: () => void): () => void;
}

/** What `setTimeout` can wait at most, ms; it fires at once for more. */
const longestTimerMs = 2 ** 31 - 1;

/** The real one. A timer does not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), longestTimerMs)).unref();
    return () => clearTimeout(timer);
  },
};
