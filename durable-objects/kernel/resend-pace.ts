/** From one portion to the next, ms. */
const pauseMs = 1_000;
/** Rows. */
const smallest = 10;
const first = 100;
const largest = 500;

/**
 * How much of an outbox is sent again at a time. That nobody has confirmed a row for a while says that it was lost, or that its consumers
 * are behind, and then more of the same is what they need least: sending again whatever was due took two thirds of an object's orders/s
 * while Postgres was away for a minute, and consumers that were behind by 250,000 rows never caught up. So the next portion is sent a second
 * after the last one, and is twice as large if most of that was confirmed meanwhile, else a quarter. What was lost is soon sent again
 * in hundreds, what is only late hardly ever.
 *
 * Kept in memory: after a restart it begins anew.
 */
export class ResendPace {
  #last = { rows: first, sentAtMs: -Infinity };
  /** Ids of the last portion that are not confirmed. */
  readonly #waiting = new Set<string>();

  /** When rows may be sent again, ms since the epoch: not after `nowMs` when the clock was set back. */
  nextAtMs(nowMs: number): number {
    const { sentAtMs } = this.#last;
    return nowMs < sentAtMs ? nowMs : sentAtMs + pauseMs;
  }

  /** How many rows may be sent again now; 0 before `nextAtMs`. */
  portion(nowMs: number): number {
    const { rows, sentAtMs } = this.#last;
    if (sentAtMs === -Infinity) return first;
    if (this.nextAtMs(nowMs) > nowMs) return 0;
    return this.#waiting.size <= rows / 2 ? Math.min(largest, rows * 2) : Math.max(smallest, Math.floor(rows / 4));
  }

  /** These are sent again now, `portion` of them or fewer. */
  sent(ids: readonly string[], nowMs: number): void {
    this.#last = { rows: Math.max(ids.length, smallest), sentAtMs: nowMs };
    this.#waiting.clear();
    for (const id of ids) this.#waiting.add(id);
  }

  /** Confirmed by all whom they waited for. */
  done(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.delete(id);
  }
}
