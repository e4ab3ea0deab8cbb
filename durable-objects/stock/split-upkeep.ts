/**
 * Tells the shards of an SKU what has changed at the root (name, price, how many objects there are), and collects from those
 * that new orders do not go to any more. At once when it changes, and by the alarm until all have heard and no hold is left there
 * that could be released. What comes back there later is collected with the next round.
 */
import { retiredShards } from "../../shared/domain/stock/shards/sum-levels.ts";
import { toCollect } from "../../shared/domain/stock/shards/round.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import type { DueSource } from "../kernel/alarm-scheduler.ts";
import type { ActorSchema } from "../kernel/schema.ts";
import type { SplitStock } from "./split-stock.ts";
import type { SplitStore } from "./split-store.ts";

/** Between two tries. Milliseconds. */
export const upkeepDelayMs = 60_000;
/** SKUs that one alarm looks after. */
const portion = 10;

export interface UpkeepOptions {
  readonly schema: Pick<ActorSchema, "exists">;
  readonly split: SplitStore;
  readonly stock: Pick<SplitStock, "bank" | "ledger">;
  /** One transaction, with the alarm armed for what it makes due. */
  readonly write: (work: () => { readonly result: null; readonly dueAtMs: number }) => null;
}

export class SplitUpkeep implements DueSource {
  readonly name = "shards";
  readonly #options: UpkeepOptions;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  nextDueMs(): number | null {
    return this.#options.schema.exists ? this.#options.split.nextUpkeepMs() : null;
  }

  async runDue(nowMs: number): Promise<void> {
    const skus = this.#options.split.skusDue(nowMs, portion);
    for (const sku of skus) this.#schedule(sku, nowMs + upkeepDelayMs);
    await Promise.all(skus.map((sku) => this.run(sku)));
  }

  /** @throws OperatingError when a shard that has units could not be told of the product: it may sell at the old price. */
  async tellProduct(sku: string): Promise<void> {
    if (!this.#isBehind(sku)) return;
    const missing = await this.run(sku);
    if (missing > 0) throw new OperatingError(`${missing} shards of ${sku} do not know the product yet`, { retryable: true });
  }

  /** Also what is stored twice is told again: an answer may have been lost. */
  async setShards(sku: string, shards: number): Promise<void> {
    const nowMs = Date.now();
    this.#options.write(() => {
      this.#options.split.saveShards(sku, shards);
      return { result: null, dueAtMs: this.scheduleIfSplit(sku, nowMs) };
    });
    if (this.#options.stock.ledger(sku).lent > 0) await this.run(sku);
  }

  /** In the transaction that changes what shards must know. @returns When the alarm must ring for it, ms since the epoch. */
  scheduleIfSplit(sku: string, nowMs: number): number {
    if (this.#options.stock.ledger(sku).lent === 0) return Infinity;
    this.#options.split.scheduleUpkeep(sku, nowMs + upkeepDelayMs);
    return nowMs + upkeepDelayMs;
  }

  /** @returns How many shards could not be told. */
  run(sku: string): Promise<number> {
    const { split, stock } = this.#options;
    const bank = stock.bank(sku);
    return bank.inTurn(async () => {
      const { product, shards } = stock.ledger(sku);
      const before = split.bank(sku);
      const retired = retiredShards(before);
      const others = toCollect(before).filter((shard) => !retired.includes(shard));
      const [collected, told] = await Promise.all([bank.settleAll(retired, true), bank.settleAll(others, false)]);
      bank.regain([...collected.readings, ...told.readings]);
      const missing = collected.missing + told.missing;
      const mayFree = collected.readings.some(({ reserved }) => reserved > 0);
      const now = stock.ledger(sku);
      // What has changed meanwhile is another run's to tell; if that one dies, the alarm's.
      const hasChanged = now.product?.version !== product?.version || now.shards !== shards;
      if (!hasChanged) this.#schedule(sku, missing > 0 || mayFree ? Date.now() + upkeepDelayMs : null);
      return missing;
    });
  }

  #schedule(sku: string, atMs: number | null): void {
    this.#options.write(() => {
      this.#options.split.scheduleUpkeep(sku, atMs);
      return { result: null, dueAtMs: atMs ?? Infinity };
    });
  }

  /** Whether a shard that has units may not know the product as it is now. */
  #isBehind(sku: string): boolean {
    const { product, lent } = this.#options.stock.ledger(sku);
    if (product === null || lent === 0) return false;
    const { accounts } = this.#options.split.bank(sku);
    return accounts.some((account) => account.lent > account.regained && account.productVersion < product.version);
  }
}
