/** When those who must ask again do: a few at once, the others one after the other. */

export interface AskingPaceOptions {
  /** So many ask at once after a quiet time. Default 32: more than most calls join. */
  readonly atOnce?: number;
  /**
   * From one to the next beyond that, ms. Default 1: an object takes about 1,000 requests/s.
   * https://developers.cloudflare.com/durable-objects/reference/faq/
   */
  readonly apartMs?: number;
}

/** Nobody waits as long, ms: a time that lies farther ahead is of a clock that was set back. */
const longestMs = 10_000;

/** Of all requests that ask one object. It keeps a time and no queue, so a request that ends before it asks holds up nobody. */
export class AskingPace {
  readonly #atOnce: number;
  readonly #apartMs: number;
  /** When the next one would ask, if all had been apart from the first on. */
  #nextAtMs = 0;

  constructor({ atOnce = 32, apartMs = 1 }: AskingPaceOptions = {}) {
    this.#atOnce = atOnce;
    this.#apartMs = apartMs;
  }

  /** @returns How long who comes now waits before it asks, ms; at most `atMostMs`, for a crowd is better than an answer that is late. */
  waitMs(nowMs: number, atMostMs: number): number {
    const isAhead = this.#nextAtMs > nowMs && this.#nextAtMs < nowMs + longestMs;
    const atMs = isAhead ? this.#nextAtMs : nowMs;
    const waitMs = Math.max(0, atMs - nowMs - (this.#atOnce - 1) * this.#apartMs);
    // Who goes before its turn takes none.
    if (waitMs > atMostMs) return atMostMs;
    this.#nextAtMs = atMs + this.#apartMs;
    return waitMs;
  }
}
