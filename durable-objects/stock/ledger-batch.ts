/**
 * The ledgers of one stock object while a batch of commands is decided on them: read once, written once. A command that is
 * refused or throws leaves no trace in it, so the others of its batch are not touched by it.
 */
import { assertSound, type Hold, type Levels } from "../../shared/domain/stock/ledger.ts";
import { raisedBy } from "../../shared/domain/stock/shards/decide-transfer.ts";
import { isOperators } from "./hold-key.ts";
import type { Ledger } from "./ledger-table.ts";
import { nameOf, type StockStore, type StoredHold } from "./store.ts";

export class LedgerBatch {
  readonly #store: StockStore;
  readonly #ledgers = new Map<string, Ledger>();
  /** The levels as they were at first, of those that have changed. */
  readonly #before = new Map<string, Levels>();
  readonly #added = new Map<string, StoredHold>();
  readonly #changed = new Map<string, StoredHold>();
  #endsByItselfAtMs = Infinity;

  constructor(store: StockStore) {
    this.#store = store;
  }

  /** As the commands before left it. */
  ledger(sku: string): Ledger {
    let ledger = this.#ledgers.get(sku);
    if (ledger === undefined) this.#ledgers.set(sku, (ledger = this.#store.ledgers.read(sku)));
    return ledger;
  }

  hold(sku: string, key: string): Hold | null {
    return this.knownHold(sku, key) ?? this.#store.hold(sku, key);
  }

  /** What the commands before made or changed. */
  knownHold(sku: string, key: string): Hold | null {
    const name = nameOf(sku, key);
    return (this.#changed.get(name) ?? this.#added.get(name))?.hold ?? null;
  }

  /** A hold that was not there. @throws Defect when the ledger would not balance; then nothing has changed. */
  add(stored: StoredHold, levels: Levels): void {
    this.#keep(stored, levels);
    this.#added.set(nameOf(stored.sku, stored.key), stored);
  }

  /** A hold that was there. @throws Defect when the ledger would not balance; then nothing has changed. */
  change(stored: StoredHold, levels: Levels): void {
    this.#keep(stored, levels);
    this.#changed.set(nameOf(stored.sku, stored.key), stored);
  }

  /** The earliest deadline among the operators' holds that are new, or have changed, ms since the epoch; Infinity when there is none. */
  get endsByItselfAtMs(): number {
    return this.#endsByItselfAtMs;
  }

  get isEmpty(): boolean {
    return this.#added.size + this.#changed.size === 0;
  }

  /** Writes what has changed. Call it inside a transaction. @throws An error that `isTaken` knows when a hold was there that is to be added. */
  write(nowMs: number): void {
    this.#store.ledgers.saveLevels(
      [...this.#before].map(([sku, before]) => {
        const { levels } = this.ledger(sku);
        return { sku, levels, raised: raisedBy(before, levels) };
      }),
    );
    for (const stored of this.#added.values()) this.#store.addHold(stored, nowMs);
    this.#store.saveHolds([...this.#changed.values()], nowMs);
  }

  #keep({ sku, key, hold }: StoredHold, levels: Levels): void {
    assertSound(levels);
    const ledger = this.ledger(sku);
    if (!this.#before.has(sku)) this.#before.set(sku, ledger.levels);
    this.#ledgers.set(sku, { ...ledger, levels });
    if (hold.state === "held" && hold.expiresAtMs !== null && isOperators(key))
      this.#endsByItselfAtMs = Math.min(this.#endsByItselfAtMs, hold.expiresAtMs);
  }
}
