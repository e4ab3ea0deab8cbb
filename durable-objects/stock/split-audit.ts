/** The audit of an SKU over all of its objects, as if it were one ledger: the sums, and the holds in the order of their keys. */
import type { ShardAudit, StockAudit } from "../../shared/contracts/audited.ts";
import { toStockLevels } from "../../shared/contracts/product-mapping.ts";
import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { accountOf } from "../../shared/domain/stock/shards/ledgers.ts";
import { shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { sumLevels } from "../../shared/domain/stock/shards/sum-levels.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import type { SplitStock } from "./split-stock.ts";
import type { SplitStore } from "./split-store.ts";
import type { StockStore } from "./store.ts";

/** A page keeps those who borrow waiting. Milliseconds. */
const auditDeadlineMs = 1_000;

export interface SplitAuditOptions {
  readonly store: StockStore;
  readonly split: SplitStore;
  readonly stock: SplitStock;
  readonly peer: (key: string) => Pick<StockActorApi, "auditShard">;
  readonly deadlines: Deadlines;
}

interface Page {
  readonly after: string;
  /** The most holds. */
  readonly limit: number;
}

/** One object's part, as it is on disk: its sums, and its next holds. */
export function auditShard({ store, stock }: SplitAuditOptions, key: string, page: Page): ShardAudit {
  store.ledgers.forget();
  const { held, sold } = store.totals(key);
  return { reading: stock.reading(key), totals: { held, sold }, holds: store.auditHolds(key, page) };
}

/** As it is on disk. @throws OperatingError when a shard does not answer. */
export function auditAll(options: SplitAuditOptions, sku: string, { after, limit }: Page): Promise<StockAudit> {
  const { store, split, stock } = options;
  return stock.bank(sku).inTurn(async () => {
    store.ledgers.forget();
    const shards = split.bank(sku).accounts.map(({ shard }) => shard);
    const page = { after, limit: Math.ceil(limit / (shards.length + 1)) };
    const parts = await Promise.all(shards.map((shard) => auditOne(options, shardKey(sku, shard), page)));
    const bank = split.bank(sku);
    const own = store.totals(sku);
    const totals = parts.reduce((sum, part) => ({ ...sum, held: sum.held + part.totals.held, sold: sum.sold + part.totals.sold }), own);
    const levels = sumLevels(
      bank,
      parts.map(({ reading }) => reading),
    );
    const counters = parts.map(({ reading }) => {
      const { lent, regained } = accountOf(bank, reading.shard);
      return { ...reading, lent, regained };
    });
    const merged = mergePages([store.auditHolds(sku, page), ...parts.map(({ holds }) => holds)], page.limit);
    return { levels: toStockLevels(sku, levels, bank.shards), totals, ...merged, shards: counters };
  });
}

function auditOne({ peer, deadlines }: SplitAuditOptions, key: string, page: Page): Promise<ShardAudit> {
  return deadlines.within(peer(key).auditShard({ key, ...page }), { deadlineMs: auditDeadlineMs, what: `stock ${key}` });
}

type StoredHolds = ShardAudit["holds"];

/** In the order of the keys, up to where every page that goes on has been read. */
export function mergePages(pages: readonly StoredHolds[], limit: number): Pick<StockAudit, "holds" | "next"> {
  const ends = pages.filter((page) => page.length >= limit).flatMap((page) => page.at(-1)?.key ?? []);
  const next = ends.length === 0 ? null : ends.reduce((least, key) => (key < least ? key : least));
  const all = pages.flat().filter(({ key }) => next === null || key <= next);
  const sorted = all.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return { holds: sorted.map(({ key: _key, ...hold }) => hold), next };
}
