import { OperatingError } from "../../shared/errors/operating-error.ts";

/** The most that a timer may outlast the last call, ms: a pending timer keeps an object awake, and that is paid for. */
const ringEveryMs = 250;
/** Some timers ring that early, by the clock. */
const earlyMs = 2;

interface Waiting {
  readonly waitMs: number;
  /** By the clock, which may be set back meanwhile. */
  dueMs: number;
  readonly end: () => void;
}

/**
 * The deadlines of one object's calls. They share timers, and no timer is ever cleared: workerd (1.20260815) keeps 180 bytes of a
 * timer that was cleared before it rang for as long as its object lives, and forgets one that rang. With a timer for each call an
 * order left 1.1 KB behind. Make one in the object's constructor; a Worker's timers end with its request, so there `withDeadline` will do.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  /** When the next timer rings, ms since the epoch. */
  #ringsAtMs = Number.POSITIVE_INFINITY;

  /**
   * The promise's value, or an OperatingError (retryable, the outcome is not known) after `deadlineMs`. The work itself is not
   * stopped: whoever it was asked of may still do it, so it must be idempotent.
   */
  within<Value>(promise: PromiseLike<Value>, { deadlineMs, what }: { readonly deadlineMs: number; readonly what: string }): Promise<Value> {
    return this.#race(promise, deadlineMs, (_resolve, reject) => {
      reject(new OperatingError(`${what} did not answer in ${deadlineMs} ms`, { retryable: true }));
    });
  }

  /** Ends when the promise does, or after `waitMs`. */
  waitFor(promise: PromiseLike<void>, waitMs: number): Promise<void> {
    return this.#race(promise, waitMs, (resolve) => {
      resolve();
    });
  }

  #race<Value>(
    promise: PromiseLike<Value>,
    waitMs: number,
    onLate: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
  ): Promise<Value> {
    const { promise: first, resolve, reject } = Promise.withResolvers<Value>();
    const waiting = this.#add(waitMs, () => {
      onLate(resolve, reject);
    });
    promise.then(
      (value) => {
        this.#waiting.delete(waiting);
        resolve(value);
      },
      (error: unknown) => {
        this.#waiting.delete(waiting);
        reject(error);
      },
    );
    return first;
  }

  #add(waitMs: number, end: () => void): Waiting {
    const waiting = { waitMs, dueMs: Date.now() + waitMs, end };
    this.#waiting.add(waiting);
    this.#arm(waiting.dueMs);
    return waiting;
  }

  /** A timer that would ring later than this one stays, and rings for nothing. */
  #arm(dueMs: number): void {
    const nowMs = Date.now();
    const ringAtMs = Math.min(dueMs, nowMs + ringEveryMs);
    if (ringAtMs >= this.#ringsAtMs) return;
    this.#ringsAtMs = ringAtMs;
    setTimeout(() => {
      this.#ring(ringAtMs);
    }, ringAtMs - nowMs);
  }

  /** @param atMs When the timer was to ring. */
  #ring(atMs: number): void {
    if (this.#ringsAtMs === atMs) this.#ringsAtMs = Number.POSITIVE_INFINITY;
    const nowMs = Date.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      // However far the clock was set back, nobody waits longer from here than he meant to.
      waiting.dueMs = Math.min(waiting.dueMs, nowMs + waiting.waitMs);
      if (waiting.dueMs > nowMs + earlyMs) {
        nextMs = Math.min(nextMs, waiting.dueMs);
        continue;
      }
      this.#waiting.delete(waiting);
      waiting.end();
    }
    if (this.#waiting.size > 0) this.#arm(nextMs);
  }
}
