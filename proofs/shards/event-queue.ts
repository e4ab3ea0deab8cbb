import { Heap } from "../shared/heap.ts";

interface Entry {
  readonly atMs: number;
  readonly number: number;
  readonly happen: () => void;
}

/** What happens when, in virtual milliseconds: the earliest first, and of the same moment the first that was put in. */
export class EventQueue {
  nowMs = 0;
  readonly #entries = new Heap<Entry>(isBefore);
  #next = 0;

  at(atMs: number, happen: () => void): void {
    this.#entries.push({ atMs, number: this.#next++, happen });
  }

  /** Until nothing more happens. */
  run(): void {
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      this.nowMs = entry.atMs;
      entry.happen();
    }
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
}
