/**
 * Whether anything is under way. What does not say that it has ended (its request's life was cut off) counts as ended after a time, so
 * nothing is under way for ever.
 */
export class UnderWay {
  readonly #longestMs: number;
  /** In the order in which they began. */
  readonly #began = new Set<{ readonly atMs: number }>();

  /** @param longestMs After so long everything has ended, ms. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  hasAny(nowMs: number): boolean {
    for (const one of this.#began) {
      if (nowMs - one.atMs < this.#longestMs) return true;
      this.#began.delete(one);
    }
    return false;
  }

  /** @returns To be called when it has ended. */
  begin(nowMs: number): () => void {
    const one = { atMs: nowMs };
    this.#began.add(one);
    return () => void this.#began.delete(one);
  }
}
