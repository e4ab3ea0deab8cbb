/** The stock actor's tables: one row of product and levels, every reservation, receipt and restocking, for ever. */
import type { StockAudit } from "../../shared/contracts/audited.ts";
import { noStock, type Hold, type HoldState, type Levels, type Product } from "../../shared/domain/stock/ledger.ts";
import { outboxTable } from "../kernel/outbox.ts";
import { parseHoldKey } from "./hold-key.ts";

/** The holds that end at their deadline by themselves: operators' alone. As in `holds_by_deadline`, or that index is no use. */
const endsByItself = "state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/'";

export const stockSchema: readonly string[] = [
  `CREATE TABLE product (
     only INTEGER PRIMARY KEY CHECK (only = 1), sku TEXT NOT NULL, name TEXT NOT NULL, price_minor INTEGER NOT NULL,
     currency TEXT NOT NULL, version INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE levels (
     only INTEGER PRIMARY KEY CHECK (only = 1), on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
     reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
     received INTEGER NOT NULL CHECK (received = on_hand + sold)
   ) STRICT;
   INSERT INTO levels VALUES (1, 0, 0, 0, 0);
   CREATE TABLE holds (
     reservation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
     name TEXT NOT NULL, unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
   ) WITHOUT ROWID, STRICT;
   CREATE TABLE receipts (operation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID, STRICT;
   ${outboxTable}`,
  `ALTER TABLE holds ADD COLUMN returned INTEGER NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity);
   ALTER TABLE holds ADD COLUMN expires_at_ms INTEGER;
   CREATE INDEX holds_by_deadline ON holds (expires_at_ms)
     WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/';
   CREATE TABLE restocks (
     operation_id TEXT PRIMARY KEY, reservation_id TEXT NOT NULL, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL
   ) WITHOUT ROWID, STRICT;`,
];

interface StoredHold {
  readonly key: string;
  readonly hold: Hold;
}

type SqlRow = Record<string, SqlStorageValue>;

export class StockStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  product(): Product | null {
    const row = this.#sql.exec("SELECT * FROM product").toArray()[0];
    if (row === undefined) return null;
    return {
      sku: String(row["sku"]),
      name: String(row["name"]),
      priceMinor: Number(row["price_minor"]),
      currency: String(row["currency"]),
      version: Number(row["version"]),
      updatedAtMs: Number(row["updated_at_ms"]),
    };
  }

  saveProduct({ sku, name, priceMinor, currency, version, updatedAtMs }: Product): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO product (only, sku, name, price_minor, currency, version, updated_at_ms) VALUES (1, ?, ?, ?, ?, ?, ?)",
      ...[sku, name, priceMinor, currency, version, updatedAtMs],
    );
  }

  levels(): Levels {
    const row = this.#sql.exec("SELECT on_hand, reserved, sold, received FROM levels").toArray()[0];
    if (row === undefined) return noStock;
    return {
      onHand: Number(row["on_hand"]),
      reserved: Number(row["reserved"]),
      sold: Number(row["sold"]),
      received: Number(row["received"]),
    };
  }

  saveLevels({ onHand, reserved, sold, received }: Levels): void {
    this.#sql.exec("UPDATE levels SET on_hand = ?, reserved = ?, sold = ?, received = ?", onHand, reserved, sold, received);
  }

  hold(key: string): Hold | null {
    const row = this.#sql.exec("SELECT * FROM holds WHERE reservation_id = ?", key).toArray()[0];
    return row === undefined ? null : toHold(row);
  }

  saveHold(key: string, hold: Hold, nowMs: number): void {
    const { quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency } = hold;
    this.#sql.exec(
      `INSERT INTO holds (reservation_id, quantity, state, returned, expires_at_ms, name, unit_price_minor, currency, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (reservation_id) DO UPDATE SET state = excluded.state, returned = excluded.returned, updated_at_ms = excluded.updated_at_ms`,
      ...[key, quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency, nowMs],
    );
  }

  /** The earliest deadline of a hold that ends by itself, ms since the epoch; null when there is none. */
  nextDeadlineMs(): number | null {
    const next = this.#sql.exec(`SELECT min(expires_at_ms) AS next FROM holds WHERE ${endsByItself}`).one()["next"];
    return next == null ? null : Number(next);
  }

  /** At most `limit` of the holds that should have ended by `nowMs`, the most overdue first. */
  overdueHolds(nowMs: number, limit: number): readonly StoredHold[] {
    const query = `SELECT * FROM holds WHERE ${endsByItself} AND expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?`;
    return this.#sql
      .exec(query, nowMs, limit)
      .toArray()
      .map((row) => ({ key: String(row["reservation_id"]), hold: toHold(row) }));
  }

  hasReceipt(operationId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM receipts WHERE operation_id = ?", operationId).toArray().length > 0;
  }

  saveReceipt(operationId: string, quantity: number, nowMs: number): void {
    this.#sql.exec("INSERT INTO receipts (operation_id, quantity, at_ms) VALUES (?, ?, ?)", operationId, quantity, nowMs);
  }

  hasRestock(operationId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM restocks WHERE operation_id = ?", operationId).toArray().length > 0;
  }

  saveRestock(operationId: string, { key, quantity, nowMs }: { key: string; quantity: number; nowMs: number }): void {
    this.#sql.exec(
      "INSERT INTO restocks (operation_id, reservation_id, quantity, at_ms) VALUES (?, ?, ?, ?)",
      operationId,
      key,
      quantity,
      nowMs,
    );
  }

  /** Summed over every hold and receipt there ever was: what the levels must agree with. Reads them all. */
  totals(): StockAudit["totals"] {
    const holds = this.#sql.exec(`SELECT sum(quantity) FILTER (WHERE state = 'held') AS held,
      sum(quantity - returned) FILTER (WHERE state = 'committed') AS sold FROM holds`);
    const { held, sold } = holds.one();
    const { received } = this.#sql.exec("SELECT sum(quantity) AS received FROM receipts").one();
    return { held: Number(held ?? 0), sold: Number(sold ?? 0), received: Number(received ?? 0) };
  }

  /** At most `limit` holds whose key comes after `after`, by key. */
  auditHolds(after: string, limit: number): readonly (StockAudit["holds"][number] & { readonly key: string })[] {
    return this.#sql
      .exec("SELECT * FROM holds WHERE reservation_id > ? ORDER BY reservation_id LIMIT ?", after, limit)
      .toArray()
      .map((row) => {
        const key = String(row["reservation_id"]);
        const { quantity, returned, state, expiresAtMs } = toHold(row);
        return { key, ...parseHoldKey(key), quantity, returned, state, updatedAtMs: Number(row["updated_at_ms"]), expiresAtMs };
      });
  }
}

const toHold = (row: SqlRow): Hold => ({
  quantity: Number(row["quantity"]),
  state: String(row["state"]) as HoldState,
  returned: Number(row["returned"]),
  expiresAtMs: row["expires_at_ms"] == null ? null : Number(row["expires_at_ms"]),
  name: String(row["name"]),
  unitPriceMinor: Number(row["unit_price_minor"]),
  currency: String(row["currency"]),
});
