/**
 * Ends operators' holds at their deadline. The stock actor's alarm does it, and every call that reads the ledger does it
 * first, so nobody is refused for units whose hold is over, whenever the alarm rings.
 *
 * Orders' holds never end here, past their deadline or not. Whether one may end depends on whether a charge is in flight, and
 * only its order knows that; the order is durable and always awake again, so its hold cannot be forgotten either.
 */
import { assert } from "../../shared/domain/assert.ts";
import { decideExpire } from "../../shared/domain/stock/decide.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { DueSource } from "../kernel/alarm-scheduler.ts";
import type { ActorSchema } from "../kernel/schema.ts";
import { LedgerBatch } from "./ledger-batch.ts";
import type { StockStore } from "./store.ts";

/** Holds that end in one transaction. */
const portion = 100;

interface HoldDeadlinesOptions {
  readonly schema: Pick<ActorSchema, "exists">;
  readonly store: StockStore;
  readonly logger: Logger;
}

export class HoldDeadlines implements DueSource {
  readonly name = "hold deadlines";
  readonly #options: HoldDeadlinesOptions;
  /** The earliest deadline, null for none; undefined: to be read. Kept so that the hot path asks no SQL. */
  #nextMs: number | null | undefined;

  constructor(options: HoldDeadlinesOptions) {
    this.#options = options;
  }

  nextDueMs(): number | null {
    if (!this.#options.schema.exists) return null;
    if (this.#nextMs === undefined) this.#nextMs = this.#options.store.nextDeadlineMs();
    return this.#nextMs;
  }

  /** An operator's hold is about to be written: what was remembered may no longer be so, whether or not the write succeeds. */
  forget(): void {
    this.#nextMs = undefined;
  }

  /** One portion; the alarm rings again at once when more is overdue. */
  async runDue(nowMs: number): Promise<void> {
    this.#endPortion(nowMs);
  }

  /** All that is overdue. Costs nothing when nothing is. */
  endOverdue(nowMs: number): void {
    for (;;) {
      const dueAtMs = this.nextDueMs();
      if (dueAtMs === null || dueAtMs > nowMs) return;
      this.#endPortion(nowMs);
    }
  }

  #endPortion(nowMs: number): void {
    const { store, logger } = this.#options;
    this.forget();
    const overdue = store.overdueHolds(nowMs, portion);
    store.transactionSync(() => {
      const batch = new LedgerBatch(store);
      for (const { sku, key, hold } of overdue) {
        const decision = decideExpire(batch.ledger(sku).levels, hold, nowMs);
        assert(decision.ok && decision.changed, `not to be ended: ${key}`);
        batch.change({ sku, key, hold: decision.hold }, decision.levels);
      }
      batch.write(nowMs);
    });
    logger.info("holds ended at their deadline", { holds: overdue.map(({ key }) => key).join(" ") });
  }
}
