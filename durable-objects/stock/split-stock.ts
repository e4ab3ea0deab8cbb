/**
 * What a stock object does for SKUs that are split over several objects (docs/SHARDS.md). For those whose root it keeps: lends,
 * collects, and answers for all of the SKU. For the shards it keeps: asks their roots, and says how they stand. All calls between
 * the two are repeatable. An SKU that is not split comes here for nothing.
 */
import { toStockLevels } from "../../shared/contracts/product-mapping.ts";
import type {
  BorrowCommand,
  BorrowReply,
  Joined,
  ReserveReply,
  RootNews,
  SettleCommand,
  StockActorApi,
  StockLevels,
} from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { availableOf } from "../../shared/domain/stock/ledger.ts";
import { decideCredit, decideSurrender, readingOf, type ShardReading } from "../../shared/domain/stock/shards/decide-transfer.ts";
import { accountOf, isSoundShard, type ShardLedger } from "../../shared/domain/stock/shards/ledgers.ts";
import { toCollect, type Verdict } from "../../shared/domain/stock/shards/round.ts";
import { isShardKey, parseShardKey, shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { sumLevels } from "../../shared/domain/stock/shards/sum-levels.ts";
import { describeError, OperatingError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Deadlines } from "../kernel/deadlines.ts";
import type { ActorSchema } from "../kernel/schema.ts";
import { noLedger, type Ledger } from "./ledger-table.ts";
import { RootBank } from "./root-bank.ts";
import { toShardLedger, type SplitStore } from "./split-store.ts";
import type { StockStore } from "./store.ts";
import { WaitingOrders, type ReserveCommand, type WaitingOptions } from "./waiting-orders.ts";

/** Below the two seconds that an order waits for one answer, with time for two collects. Milliseconds. */
const borrowDeadlineMs = 1_700;
const settleDeadlineMs = 600;

export interface SplitOptions {
  readonly schema: ActorSchema;
  readonly store: StockStore;
  readonly split: SplitStore;
  /** The object that keeps a ledger, by its key. */
  readonly peer: (key: string) => Pick<StockActorApi, "borrow" | "settle" | "auditShard">;
  readonly reserve: WaitingOptions["reserve"];
  /** Ends what is past its deadline at this object: units that nobody may be refused for. */
  readonly endOverdue: () => void;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
}

export class SplitStock {
  readonly #options: SplitOptions;
  /** By ledger key, and by SKU: those that were needed since this object was loaded. */
  readonly #lines = new Map<string, WaitingOrders>();
  readonly #banks = new Map<string, RootBank>();
  /** Whether units of an SKU are at its shards. */
  readonly #lent = new Map<string, boolean>();

  constructor(options: SplitOptions) {
    this.#options = options;
  }

  /** Whether an answer says only that too little is free at this one of several objects. */
  isDry(key: string, reply: ReserveReply): boolean {
    if (reply.ok) return false;
    if (isShardKey(key)) return reply.code === "out_of_stock" || reply.code === "unknown_sku";
    return reply.code === "out_of_stock" && this.#isLent(key);
  }

  /** Asked with every refusal, so remembered. */
  #isLent(sku: string): boolean {
    let isLent = this.#lent.get(sku);
    if (isLent === undefined) this.#lent.set(sku, (isLent = this.ledger(sku).lent > 0));
    return isLent;
  }

  /** The answer when units have been found, or when it is certain that there were too few. */
  wait(command: ReserveCommand): Promise<ReserveReply> {
    return this.#line(command.sku).wait(command);
  }

  /** The answers as they are, but "dry" for holds that must wait: whoever has been answered does not wait with them. */
  markDry<Reply extends ReserveReply | null>(
    commands: readonly { readonly sku: string }[],
    replies: readonly Joined<Reply>[],
  ): readonly Joined<Reply | "dry">[] {
    return replies.map((joined, index) => {
      const isDry = joined.ok && joined.reply !== null && this.isDry(commands[index]?.sku ?? "", joined.reply);
      return isDry ? { ok: true, reply: "dry" } : joined;
    });
  }

  ledger(key: string): Ledger {
    return this.#options.schema.exists ? this.#options.store.ledgers.read(key) : noLedger;
  }

  /** Root: what a shard wants for the orders that wait there. */
  async borrow({ sku, reading, available, quantities }: BorrowCommand): Promise<BorrowReply> {
    if (this.ledger(sku).product === null) return { ok: false, code: "unknown_sku" };
    const verdict = await this.bank(sku).ask({ shard: reading.shard, available, quantities }, reading);
    return { ok: true, news: this.#news(sku, reading.shard), verdict };
  }

  /** Shard: books what the root says, serves those who wait, and gives back what is then free if it is asked to. */
  settle({ key, news, surrender }: SettleCommand): ShardReading {
    this.#options.schema.ensure();
    this.#hear(key, news);
    if (surrender) this.#save(key, (ledger) => decideSurrender(ledger));
    return this.reading(key);
  }

  reading(key: string): ShardReading {
    const ledger = this.ledger(key);
    return readingOf(parseShardKey(key).shard, toShardLedger(ledger), ledger.product?.version ?? 0);
  }

  /** Of the whole SKU. @throws OperatingError when a shard that may have units does not answer. */
  async levels(sku: string): Promise<StockLevels> {
    const { levels, lent, shards } = this.ledger(sku);
    if (lent === 0) return toStockLevels(sku, levels, shards);
    const bank = this.bank(sku);
    return bank.readTogether(async () => {
      const { readings, missing } = await bank.settleAll(toCollect(this.#options.split.bank(sku)), false);
      if (missing > 0) throw new OperatingError(`${missing} shards of ${sku} did not answer`, { retryable: true });
      return toStockLevels(sku, sumLevels(this.#options.split.bank(sku), readings), shards);
    });
  }

  bank(sku: string): RootBank {
    const { split, store, logger } = this.#options;
    let bank = this.#banks.get(sku);
    if (bank === undefined) {
      bank = new RootBank({
        read: () => {
          this.#options.endOverdue();
          return split.bank(sku);
        },
        write: (before, after) => {
          this.#lent.delete(sku);
          store.transactionSync(() => split.saveBank(sku, before, after));
        },
        settle: (shard, surrender) => this.#settleShard({ sku, shard, surrender }),
        onMissing: (error) => logger.warn("a shard did not answer", { sku, error: describeError(error) }),
      });
      this.#banks.set(sku, bank);
    }
    return bank;
  }

  /** Async, so that nothing is thrown while others are under way. */
  async #settleShard({ sku, shard, surrender }: { sku: string; shard: number; surrender: boolean }): Promise<ShardReading> {
    const key = shardKey(sku, shard);
    const settling = this.#options.peer(key).settle({ key, news: this.#news(sku, shard), surrender });
    return this.#options.deadlines.within(settling, { deadlineMs: settleDeadlineMs, what: `stock ${key}` });
  }

  /** All that there is to say, so that no message needs another one. */
  #news(sku: string, shard: number): RootNews {
    const { product, shards } = this.ledger(sku);
    assert(product !== null, `units of ${sku} were lent before it was put`);
    return { product, shards, lent: accountOf(this.#options.split.bank(sku), shard).lent };
  }

  #line(key: string): WaitingOrders {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new WaitingOrders({
        reserve: this.#options.reserve,
        isDry: (reply) => this.isDry(key, reply),
        shards: () => this.ledger(key).shards,
        ask: (quantities) => (isShardKey(key) ? this.#askRoot(key, quantities) : this.#askAtRoot(key, quantities)),
      });
      this.#lines.set(key, line);
    }
    return line;
  }

  #askAtRoot(sku: string, quantities: readonly number[]): Promise<Verdict | null> {
    return this.bank(sku).ask({ shard: 0, available: 0, quantities }, null);
  }

  async #askRoot(key: string, quantities: readonly number[]): Promise<Verdict | "unknown_sku" | null> {
    const { sku } = parseShardKey(key);
    const reading = this.reading(key);
    const command = { sku, reading, available: availableOf(this.ledger(key).levels), quantities };
    const borrowing = this.#options.peer(sku).borrow(command);
    const reply = await this.#options.deadlines.within(borrowing, { deadlineMs: borrowDeadlineMs, what: `stock ${sku}` });
    if (!reply.ok) return reply.code;
    this.#options.schema.ensure();
    this.#hear(key, reply.news);
    return reply.verdict;
  }

  /** Those who wait come first, before the root can collect it again: or two shards might take the last unit from each other for ever. */
  #hear(key: string, { product, shards, lent }: RootNews): void {
    const { split, store } = this.#options;
    const before = this.ledger(key);
    if ((before.product?.version ?? 0) < product.version || before.shards !== shards) {
      const newest = before.product !== null && before.product.version > product.version ? before.product : product;
      store.transactionSync(() => split.saveNews(key, newest, shards));
    }
    this.#save(key, (ledger) => decideCredit(ledger, lent));
    this.#lines.get(key)?.serve();
  }

  #save(key: string, decide: (ledger: ShardLedger) => ShardLedger): void {
    const { split, store } = this.#options;
    const stored = this.ledger(key);
    const before = toShardLedger(stored);
    const after = decide(before);
    if (after === before) return;
    assert(isSoundShard(after), `the shard would not balance: ${JSON.stringify(after)}`);
    store.transactionSync(() => split.saveShard(key, after, stored));
  }
}
