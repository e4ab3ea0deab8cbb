/**
 * The table of ledgers, and those that were asked for since the object was loaded in memory: read once, and written to both. Nobody
 * else writes the table. After a transaction that was rolled back call `forget`, for what was kept meanwhile has not happened.
 */
import { noStock, type Levels, type Product } from "../../shared/domain/stock/ledger.ts";
import { Remembered } from "./remembered.ts";

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

/** Levels to be written. */
export interface LevelsChange {
  readonly sku: string;
  readonly levels: Levels;
  /** Added to what is counted: by how many units more can be sold than before. */
  readonly raised: number;
}

/** Ledgers in memory, half a kilobyte each. */
const maxRemembered = 5_000;

export class LedgerTable {
  readonly #sql: SqlStorage;
  readonly #remembered = new Remembered<Ledger>(maxRemembered);

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What is asked for and not there is not remembered: such questions need not end. */
  read(sku: string): Ledger {
    const known = this.#remembered.get(sku);
    if (known !== undefined) return known;
    const row = this.#sql.exec("SELECT * FROM ledgers WHERE sku = ?", sku).toArray()[0];
    if (row === undefined) return noLedger;
    const ledger = toLedger(row);
    this.#remembered.set(sku, ledger);
    return ledger;
  }

  forget(): void {
    this.#remembered.forgetAll();
  }

  saveProduct(product: Product): void {
    const { sku, name, priceMinor, currency, version, updatedAtMs } = product;
    this.#sql.exec(
      `INSERT INTO ledgers (sku, name, price_minor, currency, version, updated_at_ms, on_hand, reserved, sold, received)
       VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0)
       ON CONFLICT (sku) DO UPDATE SET name = excluded.name, price_minor = excluded.price_minor, currency = excluded.currency,
         version = excluded.version, updated_at_ms = excluded.updated_at_ms`,
      ...[sku, name, priceMinor, currency, version, updatedAtMs],
    );
    this.#change(sku, () => ({ product }));
  }

  /** Of any number of ledgers that are there, each once, in one statement. */
  saveLevels(changes: readonly LevelsChange[]): void {
    const rows = changes.map(({ sku, levels: { onHand, reserved, sold, received }, raised }) => [
      sku,
      onHand,
      reserved,
      sold,
      received,
      raised,
    ]);
    this.#sql.exec(
      `UPDATE ledgers SET on_hand = value ->> 1, reserved = value ->> 2, sold = value ->> 3, received = value ->> 4,
         raised = raised + (value ->> 5) FROM json_each(?) WHERE sku = value ->> 0`,
      JSON.stringify(rows),
    );
    for (const { sku, levels, raised } of changes) this.#change(sku, (known) => ({ levels, raised: known.raised + raised }));
  }

  saveShards(sku: string, shards: number): void {
    this.#sql.exec("UPDATE ledgers SET shards = ? WHERE sku = ?", shards, sku);
    this.#change(sku, () => ({ shards }));
  }

  saveLent(sku: string, lent: number): void {
    this.#sql.exec("UPDATE ledgers SET lent = ? WHERE sku = ?", lent, sku);
    this.#change(sku, () => ({ lent }));
  }

  saveSurrendered(key: string, surrendered: number): void {
    this.#sql.exec("UPDATE ledgers SET surrendered = ? WHERE sku = ?", surrendered, key);
    this.#change(key, () => ({ surrendered }));
  }

  /** What is not in memory is read, as it is now, when it is asked for. */
  #change(sku: string, change: (known: Ledger) => Partial<Ledger>): void {
    const known = this.#remembered.get(sku);
    if (known !== undefined) this.#remembered.set(sku, { ...known, ...change(known) });
  }
}

const toLedger = (row: Record<string, SqlStorageValue>): Ledger => ({
  product: {
    sku: String(row["sku"]),
    name: String(row["name"]),
    priceMinor: Number(row["price_minor"]),
    currency: String(row["currency"]),
    version: Number(row["version"]),
    updatedAtMs: Number(row["updated_at_ms"]),
  },
  levels: {
    onHand: Number(row["on_hand"]),
    reserved: Number(row["reserved"]),
    sold: Number(row["sold"]),
    received: Number(row["received"]),
  },
  shards: Number(row["shards"]),
  lent: Number(row["lent"]),
  surrendered: Number(row["surrendered"]),
  raised: Number(row["raised"]),
});
