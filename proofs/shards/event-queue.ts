/** What happens when, in virtual milliseconds: a binary heap, the earliest first, and of the same moment the first that was put in. */
interface Entry {
  readonly atMs: number;
  readonly number: number;
  readonly happen: () => void;
}

export class EventQueue {
  nowMs = 0;
  readonly #heap: Entry[] = [];
  #next = 0;

  at(atMs: number, happen: () => void): void {
    const entry = { atMs, number: this.#next++, happen };
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Until nothing more happens. */
  run(): void {
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      this.nowMs = entry.atMs;
      entry.happen();
    }
  }

  #pop(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && first !== last) this.#sink(last);
    return first;
  }

  #sink(last: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const least = heap[child];
      if (least === undefined || !isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
  }
}

const isBefore = (one: Entry, other: Entry): boolean => one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
