/** From one portion to the next, ms. */
const pauseMs = 1_000;
/** So long the size stays though nobody confirms, ms: a queue may hand out what it has seconds later. */
const patienceMs = 5_000;
/** Rows. */
const smallest = 10;
const first = 100;
const largest = 500;
/** Rows that were sent again whose confirmation is listened for. */
const maxWaiting = 5_000;

/**
 * How much of an outbox is sent again at a time. That nobody has confirmed a row for a while says that it was lost, or that its consumers
 * are behind, and then more of the same is what they need least: sending again whatever was due took two thirds of an object's orders/s
 * while Postgres was away for a minute, and consumers that were behind by 250,000 rows never caught up. So a portion is sent a second
 * after the last one, and is twice as large when as much as half of that was confirmed meanwhile, of whichever portion; a quarter when
 * nothing was heard for a while. What was lost is soon sent again in hundreds, what is only late hardly ever.
 *
 * Kept in memory: after a restart it begins anew.
 */
export class ResendPace {
  #last = { rows: first, sentAtMs: -Infinity };
  /** Ids that were sent again and that no consumer has confirmed since, the oldest first. */
  readonly #waiting = new Set<string>();
  /** Confirmations since the last portion. */
  #heard = 0;
  #heardAtMs = -Infinity;

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
    if (this.#heard * 2 >= rows) return Math.min(largest, rows * 2);
    return this.#heard > 0 || nowMs - this.#heardAtMs < patienceMs ? rows : Math.max(smallest, Math.floor(rows / 4));
  }

  /** These are sent again now, `portion` of them or fewer. */
  sent(ids: readonly string[], nowMs: number): void {
    if (this.#last.sentAtMs === -Infinity || this.#heard > 0) this.#heardAtMs = nowMs;
    this.#heard = 0;
    this.#last = { rows: Math.max(ids.length, smallest), sentAtMs: nowMs };
    for (const id of ids) {
      // One that waits already is the newest again.
      this.#waiting.delete(id);
      this.#waiting.add(id);
    }
    for (const id of this.#waiting) {
      if (this.#waiting.size <= maxWaiting) break;
      this.#waiting.delete(id);
    }
  }

  /** A consumer has confirmed these, whether they were sent again or not. */
  heard(ids: readonly string[]): void {
    for (const id of ids) if (this.#waiting.delete(id)) this.#heard += 1;
  }
}
