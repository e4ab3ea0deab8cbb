/** What a stock object reads and writes of split SKUs: the root's accounts, a shard's position, and what is still to be done. */
import type { Product } from "../../shared/domain/stock/ledger.ts";
import { raisedBy } from "../../shared/domain/stock/shards/decide-transfer.ts";
import type { Bank, ShardAccount, ShardLedger } from "../../shared/domain/stock/shards/ledgers.ts";
import type { Ledger, LedgerTable } from "./ledger-table.ts";

export class SplitStore {
  readonly #sql: SqlStorage;
  readonly #ledgers: LedgerTable;

  constructor(sql: SqlStorage, ledgers: LedgerTable) {
    this.#sql = sql;
    this.#ledgers = ledgers;
  }

  bank(sku: string): Bank {
    const { levels, shards } = this.#ledgers.read(sku);
    const rows = this.#sql.exec("SELECT * FROM shard_accounts WHERE sku = ? ORDER BY shard", sku).toArray();
    return { levels, shards, accounts: rows.map(toAccount) };
  }

  /** What has changed. Call it inside a transaction. */
  saveBank(sku: string, before: Bank, { levels, accounts }: Bank): void {
    if (levels !== before.levels) this.#ledgers.saveLevels([{ sku, levels, raised: raisedBy(before.levels, levels) }]);
    const changed = accounts.filter((account) => !before.accounts.includes(account));
    for (const { shard, lent, regained, productVersion } of changed) {
      this.#sql.exec(
        `INSERT INTO shard_accounts (sku, shard, lent, regained, product_version) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (sku, shard) DO UPDATE SET lent = excluded.lent, regained = excluded.regained, product_version = excluded.product_version`,
        ...[sku, shard, lent, regained, productVersion],
      );
    }
    const away = accounts.reduce((sum, { lent, regained }) => sum + lent - regained, 0);
    this.#ledgers.saveLent(sku, away);
  }

  /** A shard's, of a ledger that exists. Call it inside a transaction. */
  saveShard(key: string, { levels, position }: ShardLedger, before: Ledger): void {
    this.#ledgers.saveLevels([{ sku: key, levels, raised: position.raised - before.raised }]);
    this.#ledgers.saveSurrendered(key, position.surrendered);
  }

  /** What the root says, kept at a shard. Call it inside a transaction. */
  saveNews(key: string, product: Product, shards: number): void {
    this.#ledgers.saveProduct({ ...product, sku: key });
    this.saveShards(key, shards);
  }

  saveShards(key: string, shards: number): void {
    this.#ledgers.saveShards(key, shards);
  }

  /** @param atMs When the alarm looks after the SKU's shards, ms since the epoch; null: it need not. */
  scheduleUpkeep(sku: string, atMs: number | null): void {
    this.#sql.exec("UPDATE ledgers SET upkeep_at_ms = ? WHERE sku = ?", atMs, sku);
  }

  nextUpkeepMs(): number | null {
    const next = this.#sql.exec("SELECT min(upkeep_at_ms) AS next FROM ledgers WHERE upkeep_at_ms IS NOT NULL").one()["next"];
    return next == null ? null : Number(next);
  }

  skusDue(nowMs: number, limit: number): readonly string[] {
    const rows = this.#sql.exec("SELECT sku FROM ledgers WHERE upkeep_at_ms <= ? ORDER BY upkeep_at_ms LIMIT ?", nowMs, limit).toArray();
    return rows.map((row) => String(row["sku"]));
  }
}

/** A shard's ledger as the protocol counts it: what was received, ever, is what is there and what was given back. */
export const toShardLedger = ({ levels, surrendered, raised }: Ledger): ShardLedger => ({
  levels,
  position: { received: levels.received + surrendered, surrendered, raised },
});

const toAccount = (row: Record<string, SqlStorageValue>): ShardAccount => ({
  shard: Number(row["shard"]),
  lent: Number(row["lent"]),
  regained: Number(row["regained"]),
  productVersion: Number(row["product_version"]),
});
