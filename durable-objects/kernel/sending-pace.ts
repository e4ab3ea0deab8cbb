/** From one sending to the next, ms: what gathers meanwhile goes together. */
const paceMs = 50;

/**
 * When an outbox sends what is new. A sending costs much the same for one row or for as many as fit a message, and consumers get their
 * batches a second later anyway: so one that comes right after another waits until there is a full portion, or for its turn. The first
 * waits for nothing.
 */
export class SendingPace {
  readonly #fullPortion: number;
  #lastAtMs = -Infinity;
  #onFull: () => void = () => undefined;

  /** @param fullPortion Rows that wait for no others. */
  constructor(fullPortion: number) {
    this.#fullPortion = fullPortion;
  }

  /** So many rows are there now. */
  gathered(rows: number): void {
    if (rows >= this.#fullPortion) this.#onFull();
  }

  /** Ends when a sending may begin; `rows` are there already. A clock that was set back lets nobody wait longer than the pace. */
  async turn(rows: number): Promise<void> {
    const waitMs = Math.min(this.#lastAtMs + paceMs - Date.now(), paceMs);
    if (waitMs > 0 && rows < this.#fullPortion) {
      // Never cleared (`Deadlines` says why): a timer that rings for nothing does nothing.
      await new Promise<void>((resolve) => {
        this.#onFull = resolve;
        setTimeout(resolve, waitMs);
      });
    }
    this.#lastAtMs = Date.now();
  }
}
