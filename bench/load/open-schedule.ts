/**
 * Which orders of an open loop are due, and what became of them. Pure: the moments are given. Latency counts from the moment an order was
 * meant to go out, so a system that stalls is charged for every order it kept waiting, sent or not (no coordinated omission).
 */

export interface OpenScheduleOptions {
  /** Orders per second, evenly spaced. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export class OpenSchedule {
  /** All orders of the run, warm-up included. */
  readonly total: number;
  readonly #options: OpenScheduleOptions;
  #next = 0;

  /** @throws Error when the rate is not above 0. */
  constructor(options: OpenScheduleOptions) {
    if (!(options.rate > 0)) throw new Error("An open loop's rate is above 0");
    this.#options = options;
    this.total = Math.floor(((options.warmUpMs + options.measureMs) * options.rate) / 1_000);
  }

  /** When order `index` is meant to go out, ms from the start of the run. */
  dueAtMs(index: number): number {
    return (index * 1_000) / this.#options.rate;
  }

  /** Whether order `index` is meant for the measured window. */
  isMeasured(index: number): boolean {
    const dueAtMs = this.dueAtMs(index);
    return dueAtMs >= this.#options.warmUpMs && index < this.total;
  }

  /** Takes the next order when it is due. @returns Its index; undefined when none is due yet, or none is left. */
  takeDue(nowMs: number): number | undefined {
    if (this.#next >= this.total || this.dueAtMs(this.#next) > nowMs) return undefined;
    return this.#next++;
  }

  /** How long until the next order is due, ms; 0 when it is, undefined when none is left. */
  waitMs(nowMs: number): number | undefined {
    return this.#next >= this.total ? undefined : Math.max(0, this.dueAtMs(this.#next) - nowMs);
  }

  /** The orders that have not been taken. */
  get left(): number {
    return this.total - this.#next;
  }
}
