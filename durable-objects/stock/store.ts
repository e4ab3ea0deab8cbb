/** What the stock actor reads and writes: products with their levels, and every reservation, receipt and restocking, for ever. */
import type { ShardAudit, StockAudit } from "../../shared/contracts/audited.ts";
import { noStock, type Hold, type HoldState, type Levels, type Product } from "../../shared/domain/stock/ledger.ts";
import { parseShardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { parseHoldKey } from "./hold-key.ts";
import { endsByItself } from "./schema.ts";

/** A SKU as it stands, or a shard of one: `product` is null, and there is nothing, until it is put. */
export interface Ledger {
  readonly product: Product | null;
  readonly levels: Levels;
  /** Over how many objects the SKU is spread; a shard's is what the root last said. */
  readonly shards: number;
  /** Of a root: units that are at its shards, or on their way. */
  readonly lent: number;
  /** Of a shard: units given back, ever, and by how much more could be sold here, ever (`ShardPosition`). */
  readonly surrendered: number;
  readonly raised: number;
}

export const noLedger: Ledger = { product: null, levels: noStock, shards: 1, lent: 0, surrendered: 0, raised: 0 };

export interface StoredHold {
  readonly sku: string;
  readonly key: string;
  readonly hold: Hold;
}

type SqlRow = Record<string, SqlStorageValue>;

export class StockStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  ledger(sku: string): Ledger {
    const row = this.#sql.exec("SELECT * FROM ledgers WHERE sku = ?", sku).toArray()[0];
    return row === undefined ? noLedger : toLedger(row);
  }

  saveProduct({ sku, name, priceMinor, currency, version, updatedAtMs }: Product): void {
    this.#sql.exec(
      `INSERT INTO ledgers (sku, name, price_minor, currency, version, updated_at_ms, on_hand, reserved, sold, received)
       VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0)
       ON CONFLICT (sku) DO UPDATE SET name = excluded.name, price_minor = excluded.price_minor, currency = excluded.currency,
         version = excluded.version, updated_at_ms = excluded.updated_at_ms`,
      ...[sku, name, priceMinor, currency, version, updatedAtMs],
    );
  }

  /** @param raised Added to what is counted: by how many units more can be sold than before. */
  saveLevels(sku: string, { onHand, reserved, sold, received }: Levels, raised: number): void {
    const query = "UPDATE ledgers SET on_hand = ?, reserved = ?, sold = ?, received = ?, raised = raised + ? WHERE sku = ?";
    this.#sql.exec(query, onHand, reserved, sold, received, raised, sku);
  }

  hold(sku: string, key: string): Hold | null {
    const row = this.#sql.exec("SELECT * FROM holds WHERE sku = ? AND reservation_id = ?", sku, key).toArray()[0];
    return row === undefined ? null : toHold(row);
  }

  saveHold({ sku, key, hold }: StoredHold, nowMs: number): void {
    const { quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency } = hold;
    this.#sql.exec(
      `INSERT INTO holds (sku, reservation_id, quantity, state, returned, expires_at_ms, name, unit_price_minor, currency, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (sku, reservation_id) DO UPDATE SET state = excluded.state, returned = excluded.returned, updated_at_ms = excluded.updated_at_ms`,
      ...[sku, key, quantity, state, returned, expiresAtMs, name, unitPriceMinor, currency, nowMs],
    );
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

  /** Summed over every hold and receipt of the SKU there ever was: what its levels must agree with. Reads them all. */
  totals(sku: string): StockAudit["totals"] {
    const holds = this.#sql.exec(
      `SELECT sum(quantity) FILTER (WHERE state = 'held') AS held,
         sum(quantity - returned) FILTER (WHERE state = 'committed') AS sold FROM holds WHERE sku = ?`,
      sku,
    );
    const { held, sold } = holds.one();
    const { received } = this.#sql.exec("SELECT sum(quantity) AS received FROM receipts WHERE sku = ?", sku).one();
    return { held: Number(held ?? 0), sold: Number(sold ?? 0), received: Number(received ?? 0) };
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

const toProduct = (row: SqlRow): Product => ({
  sku: String(row["sku"]),
  name: String(row["name"]),
  priceMinor: Number(row["price_minor"]),
  currency: String(row["currency"]),
  version: Number(row["version"]),
  updatedAtMs: Number(row["updated_at_ms"]),
});

const toLedger = (row: SqlRow): Ledger => ({
  product: toProduct(row),
  levels: toLevels(row),
  shards: Number(row["shards"]),
  lent: Number(row["lent"]),
  surrendered: Number(row["surrendered"]),
  raised: Number(row["raised"]),
});

const toLevels = (row: SqlRow): Levels => ({
  onHand: Number(row["on_hand"]),
  reserved: Number(row["reserved"]),
  sold: Number(row["sold"]),
  received: Number(row["received"]),
});

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
