/**
 * Rows that an object keeps in memory so that the hot path asks no SQL, at most so many of them: when there are more, the one that was
 * kept first is forgotten. Right as long as the object is the only writer of the rows and tells of every write.
 */
export class Remembered<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #limit: number;

  /** @param limit Rows, from 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    this.#rows.set(key, row);
    if (this.#rows.size <= this.#limit) return;
    const [first] = this.#rows.keys();
    if (first !== undefined) this.#rows.delete(first);
  }

  forget(key: string): void {
    this.#rows.delete(key);
  }

  forgetAll(): void {
    this.#rows.clear();
  }
}
