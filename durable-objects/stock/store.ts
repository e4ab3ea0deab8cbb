/** The stock actor's tables: one row of product and levels, every reservation and every receipt, for ever. */
import { noStock, type Hold, type HoldState, type Levels, type Product } from "../../shared/domain/stock/ledger.ts";
import { outboxTable } from "../kernel/outbox.ts";

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
];

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

  hold(reservationId: string): Hold | null {
    const row = this.#sql.exec("SELECT * FROM holds WHERE reservation_id = ?", reservationId).toArray()[0];
    if (row === undefined) return null;
    return {
      quantity: Number(row["quantity"]),
      state: String(row["state"]) as HoldState,
      name: String(row["name"]),
      unitPriceMinor: Number(row["unit_price_minor"]),
      currency: String(row["currency"]),
    };
  }

  saveHold(reservationId: string, hold: Hold, nowMs: number): void {
    const { quantity, state, name, unitPriceMinor, currency } = hold;
    this.#sql.exec(
      `INSERT INTO holds (reservation_id, quantity, state, name, unit_price_minor, currency, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (reservation_id) DO UPDATE SET state = excluded.state, updated_at_ms = excluded.updated_at_ms`,
      ...[reservationId, quantity, state, name, unitPriceMinor, currency, nowMs],
    );
  }

  hasReceipt(operationId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM receipts WHERE operation_id = ?", operationId).toArray().length > 0;
  }

  saveReceipt(operationId: string, quantity: number, nowMs: number): void {
    this.#sql.exec("INSERT INTO receipts (operation_id, quantity, at_ms) VALUES (?, ?, ?)", operationId, quantity, nowMs);
  }
}
