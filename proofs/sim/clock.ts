/**
 * Virtual time: `setTimeout`, `Date.now` and `Math.random` of this thread while it is installed. Time passes only when the
 * simulation lets it, timers that are due at the same moment ring in an order that the seed decides, and between two of
 * them everything that can go on without time does.
 */
import { Heap } from "../shared/heap.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly ring: () => void;
}

const realSetImmediate = setImmediate;

export class VirtualClock {
  nowMs = 0;
  /** 0 to 1, seeded: also what `Math.random` answers. */
  readonly random: () => number;
  /** The next timer first. */
  readonly #timers = new Heap<Timer>(isBefore);
  readonly #cancelled = new Set<Timer>();
  readonly #longestTurnMs: number;

  /** @param longestTurnMs How late a timer of 0 ms may ring, virtual ms: the next turn comes when what has arrived has been handed out. */
  constructor(random: () => number, longestTurnMs = 0) {
    this.random = random;
    this.#longestTurnMs = longestTurnMs;
  }

  /** Takes this thread's time and chance over until the returned function is called. */
  install(): () => void {
    const { setTimeout, clearTimeout } = globalThis;
    const [now, random] = [Date.now, Math.random];
    const after = (ring: () => void, ms = 0): Timer => this.after(ms > 0 ? ms : this.#turnMs(), ring);
    const cancel = (timer: Timer | undefined): void => this.cancel(timer);
    Object.assign(globalThis, { setTimeout: after, clearTimeout: cancel });
    Date.now = () => this.nowMs;
    Math.random = this.random;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      [Date.now, Math.random] = [now, random];
    };
  }

  after(ms: number, ring: () => void): Timer {
    const timer = { atMs: this.nowMs + Math.max(0, Math.ceil(ms)), order: this.random(), ring };
    this.#timers.push(timer);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#cancelled.add(timer);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets time pass until `untilMs`, or until `done` says so; false when it never did. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      await settled();
      if (done()) return true;
      const timer = this.#pop();
      if (timer === undefined || timer.atMs > untilMs) {
        if (timer !== undefined) this.#timers.push(timer);
        this.nowMs = Math.max(this.nowMs, untilMs);
        return false;
      }
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      timer.ring();
    }
  }

  #turnMs(): number {
    return this.#longestTurnMs === 0 ? 0 : Math.floor(this.#longestTurnMs * this.random() ** 2);
  }

  #pop(): Timer | undefined {
    for (;;) {
      const timer = this.#timers.pop();
      if (timer === undefined || !this.#cancelled.delete(timer)) return timer;
    }
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Everything that needs no time has happened: all promises that could settle have. */
const settled = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));
