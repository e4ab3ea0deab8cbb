/**
 * The ledgers of one stock object while a batch of commands is decided on them: read once, written once. A command that is
 * refused or throws leaves no trace in it, so the others of its batch are not touched by it.
 */
import { assertSound, type Hold, type Levels } from "../../shared/domain/stock/ledger.ts";
import { raisedBy } from "../../shared/domain/stock/shards/decide-transfer.ts";
import { parseHoldKey } from "./hold-key.ts";
import type { Ledger, StockStore, StoredHold } from "./store.ts";

export class LedgerBatch {
  readonly #store: StockStore;
  readonly #ledgers = new Map<string, Ledger>();
  /** The levels as they were at first, of those that have changed. */
  readonly #before = new Map<string, Levels>();
  readonly #holds = new Map<string, StoredHold>();

  constructor(store: StockStore) {
    this.#store = store;
  }

  /** As the commands before left it. */
  ledger(sku: string): Ledger {
    let ledger = this.#ledgers.get(sku);
    if (ledger === undefined) this.#ledgers.set(sku, (ledger = this.#store.ledger(sku)));
    return ledger;
  }

  hold(sku: string, key: string): Hold | null {
    return this.#holds.get(nameOf(sku, key))?.hold ?? this.#store.hold(sku, key);
  }

  /** @throws Defect when the ledger would not balance; then nothing has changed. */
  change(stored: StoredHold, levels: Levels): void {
    const { sku, key } = stored;
    assertSound(levels);
    const ledger = this.ledger(sku);
    if (!this.#before.has(sku)) this.#before.set(sku, ledger.levels);
    this.#ledgers.set(sku, { ...ledger, levels });
    this.#holds.set(nameOf(sku, key), stored);
  }

  /** The earliest deadline among the operators' holds that have changed, ms since the epoch; Infinity when there is none. */
  get endsByItselfAtMs(): number {
    const byHand = [...this.#holds.values()].filter(({ key }) => parseHoldKey(key).owner === "operator");
    return Math.min(Infinity, ...byHand.map(({ hold }) => (hold.state === "held" ? (hold.expiresAtMs ?? Infinity) : Infinity)));
  }

  get isEmpty(): boolean {
    return this.#holds.size === 0;
  }

  /** Writes what has changed. Call it inside a transaction. */
  write(nowMs: number): void {
    for (const [sku, before] of this.#before) {
      const { levels } = this.ledger(sku);
      this.#store.saveLevels(sku, levels, raisedBy(before, levels));
    }
    for (const stored of this.#holds.values()) this.#store.saveHold(stored, nowMs);
  }
}

/** Neither an SKU nor a key can have a line break. */
const nameOf = (sku: string, key: string): string => `${sku}\n${key}`;
