/**
 * What the stock actor reads and writes: products with their levels, and every reservation, receipt and restocking, for ever. What an
 * order is about to need again is in memory too: ledgers, and holds that were not sold yet. The object is the only writer of its
 * tables, and every transaction on them is one of `transactionSync`, so memory and tables agree.
 */
import type { ShardAudit, StockAudit } from "../../shared/contracts/audited.ts";
import type { Hold, HoldState } from "../../shared/domain/stock/ledger.ts";
import { parseShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { parseHoldKey } from "./hold-key.ts";
import { LedgerTable } from "./ledger-table.ts";
import { Remembered } from "./remembered.ts";
import { endsByItself } from "./schema.ts";

export interface StoredHold {
  readonly sku: string;
  readonly key: string;
  readonly hold: Hold;
}

type SqlRow = Record<string, SqlStorageValue>;

/** Holds in memory, a third of a kilobyte each. An order sells its hold a moment after it was made. */
const maxRemembered = 2_000;

export class StockStore {
  readonly ledgers: LedgerTable;
  readonly #storage: Pick<DurableObjectStorage, "sql" | "transactionSync">;
  readonly #sql: SqlStorage;
  /** Made since the object was loaded, and not changed since. */
  readonly #newHolds = new Remembered<Hold>(maxRemembered);

  constructor(storage: Pick<DurableObjectStorage, "sql" | "transactionSync">) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.ledgers = new LedgerTable(storage.sql);
  }

  /** The storage's own; what is in memory is forgotten when it was rolled back. */
  transactionSync<Result>(work: () => Result): Result {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.ledgers.forget();
      this.#newHolds.forgetAll();
      throw error;
    }
  }

  hold(sku: string, key: string): Hold | null {
    const known = this.#newHolds.get(nameOf(sku, key));
    if (known !== undefined) return known;
    const row = this.#sql.exec("SELECT * FROM holds WHERE sku = ? AND reservation_id = ?", sku, key).toArray()[0];
    return row === undefined ? null : toHold(row);
  }

  /** @throws An error that `isTaken` knows when there is one of that name. */
  addHold({ sku, key, hold }: StoredHold, nowMs: number): void {
    const { quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency } = hold;
    this.#sql.exec(
      `INSERT INTO holds (sku, reservation_id, quantity, state, returned, expires_at_ms, name, unit_price_minor, currency, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[sku, key, quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency, nowMs],
    );
    this.#newHolds.set(nameOf(sku, key), hold);
  }

  /** What may change of holds that are there, of any number of them in one statement. */
  saveHolds(changed: readonly StoredHold[], nowMs: number): void {
    if (changed.length === 0) return;
    const rows = changed.map(({ sku, key, hold: { state, returned } }) => [sku, key, state, returned]);
    this.#sql.exec(
      `UPDATE holds SET state = value ->> 2, returned = value ->> 3, updated_at_ms = ? FROM json_each(?)
       WHERE sku = value ->> 0 AND reservation_id = value ->> 1`,
      ...[nowMs, JSON.stringify(rows)],
    );
    for (const { sku, key } of changed) this.#newHolds.forget(nameOf(sku, key));
  }

  /** The earliest deadline of a hold that ends by itself, ms since the epoch; null when there is none. */
  nextDeadlineMs(): number | null {
    const next = this.#sql.exec(`SELECT min(expires_at_ms) AS next FROM holds WHERE ${endsByItself}`).one()["next"];
    return next == null ? null : Number(next);
  }

  /** At most `limit` of the holds that should have ended by `nowMs`, of any SKU, the most overdue first. */
  overdueHolds(nowMs: number, limit: number): readonly StoredHold[] {
    const query = `SELECT * FROM holds WHERE ${endsByItself} AND expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?`;
    return this.#sql.exec(query, nowMs, limit).toArray().map(toStoredHold);
  }

  hasReceipt(sku: string, operationId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM receipts WHERE sku = ? AND operation_id = ?", sku, operationId).toArray().length > 0;
  }

  saveReceipt({ sku, operationId, quantity }: Receipt, nowMs: number): void {
    this.#sql.exec("INSERT INTO receipts (sku, operation_id, quantity, at_ms) VALUES (?, ?, ?, ?)", sku, operationId, quantity, nowMs);
  }

  hasRestock(sku: string, operationId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM restocks WHERE sku = ? AND operation_id = ?", sku, operationId).toArray().length > 0;
  }

  saveRestock({ sku, operationId, key, quantity }: Restock, nowMs: number): void {
    const query = "INSERT INTO restocks (sku, operation_id, reservation_id, quantity, at_ms) VALUES (?, ?, ?, ?, ?)";
    this.#sql.exec(query, sku, operationId, key, quantity, nowMs);
  }

  /** What its levels must agree with: all holds there ever were, as the table's triggers add them up (`schema.ts`), and all receipts. */
  totals(sku: string): StockAudit["totals"] {
    const [sums] = this.#sql.exec("SELECT held_sum, sold_sum FROM ledgers WHERE sku = ?", sku).toArray();
    const { received } = this.#sql.exec("SELECT sum(quantity) AS received FROM receipts WHERE sku = ?", sku).one();
    return { held: Number(sums?.["held_sum"] ?? 0), sold: Number(sums?.["sold_sum"] ?? 0), received: Number(received ?? 0) };
  }

  /** At most `limit` holds of the SKU whose key comes after `after`, by key. */
  auditHolds(sku: string, { after, limit }: Page): ShardAudit["holds"] {
    const { shard } = parseShardKey(sku);
    return this.#sql
      .exec("SELECT * FROM holds WHERE sku = ? AND reservation_id > ? ORDER BY reservation_id LIMIT ?", sku, after, limit)
      .toArray()
      .map((row) => {
        const { key, hold } = toStoredHold(row);
        const { quantity, returned, state, expiresAtMs } = hold;
        return { key, ...parseHoldKey(key), shard, quantity, returned, state, updatedAtMs: Number(row["updated_at_ms"]), expiresAtMs };
      });
  }
}

/** Whether a hold could not be added because there is one of that name. */
export const isTaken = (error: unknown): boolean => describeError(error).includes("UNIQUE constraint failed: holds.");

interface Receipt {
  readonly sku: string;
  readonly operationId: string;
  readonly quantity: number;
}

interface Restock extends Receipt {
  /** Of the hold that was sold. */
  readonly key: string;
}

interface Page {
  readonly after: string;
  readonly limit: number;
}

/** Of a hold, in memory. Neither an SKU nor a key can have a line break. */
export const nameOf = (sku: string, key: string): string => `${sku}\n${key}`;

const toStoredHold = (row: SqlRow): StoredHold => ({ sku: String(row["sku"]), key: String(row["reservation_id"]), hold: toHold(row) });

const toHold = (row: SqlRow): Hold => ({
  quantity: Number(row["quantity"]),
  state: String(row["state"]) as HoldState,
  returned: Number(row["returned"]),
  expiresAtMs: row["expires_at_ms"] == null ? null : Number(row["expires_at_ms"]),
  name: String(row["name"]),
  unitPriceMinor: Number(row["unit_price_minor"]),
  currency: String(row["currency"]),
});
