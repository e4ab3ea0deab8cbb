/**
 * StockActor: the ledgers of its SKUs, and the products' names and prices.
 *
 * Named by `stockObjectNameFor(sku)`: one SKU (per-sku) or a fixed share of all (pooled). Invariants, asserted before every
 * commit and checked again by SQL: on hand + sold = received, reserved <= on hand, nothing below 0. Reserve, release, commit,
 * restock and receive are idempotent by their ids, for ever. Commands that wait at the same moment may come as one call, and
 * are one commit; each has its own answer.
 * A ledger may also be a shard of an SKU whose root is elsewhere, under a key of its own (`split-stock.ts`, docs/SHARDS.md).
 * Tables: ledgers, holds, receipts, restocks, shard_accounts, outbox (`schema.ts`). Alarm: product events no consumer has confirmed,
 * operators' holds past their deadline (`hold-deadlines.ts`), and what shards must still hear (`split-upkeep.ts`). Called by order
 * actors (holds, sales and what comes back), by the gateway (products, deliveries, an operator's reservations, the audit), and by
 * the other objects of a split SKU.
 * Ledgers, and holds that are about to be sold, are in memory as well as in the tables (`store.ts`).
 * An object that is only asked for an SKU that was never put leaves nothing behind.
 */
import { DurableObject } from "cloudflare:workers";
import { chaosOf } from "../../shared/chaos/chaos-of.ts";
import { chaoticQueue } from "../../shared/chaos/chaotic-queue.ts";
import type { WireProduct } from "../../shared/contracts/product.ts";
import { toStockLevels, toWireProduct } from "../../shared/contracts/product-mapping.ts";
import type { ShardAudit, StockAudit } from "../../shared/contracts/audited.ts";
import type {
  BorrowCommand,
  BorrowReply,
  Joined,
  ReserveReply,
  SettleCommand,
  StockActorApi,
  StockAuditQuery,
  StockLevels,
  StockWish,
} from "../../shared/contracts/rpc.ts";
import { assert, Defect } from "../../shared/domain/assert.ts";
import { decidePut, decideReceive, decideRelease, decideRestock } from "../../shared/domain/stock/decide.ts";
import { assertSound } from "../../shared/domain/stock/ledger.ts";
import type { ShardReading } from "../../shared/domain/stock/shards/decide-transfer.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { once, stockPlacementEnv } from "../../shared/platform/config.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { AlarmScheduler, writeWithAlarm } from "../kernel/alarm-scheduler.ts";
import { Deadlines } from "../kernel/deadlines.ts";
import { Outbox } from "../kernel/outbox.ts";
import { queueDestination } from "../kernel/queue-destination.ts";
import { queueSender } from "../kernel/queue-sender.ts";
import { countUnreadable, reportBacklog } from "../kernel/report-backlog.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { stockActor } from "./client.ts";
import { commitOn, noSaleHere, unknownTo, type CommitCommand } from "./commit-on.ts";
import { HoldDeadlines } from "./hold-deadlines.ts";
import { holdKey, type HoldName } from "./hold-key.ts";
import { LedgerBatch } from "./ledger-batch.ts";
import type { Ledger } from "./ledger-table.ts";
import { eventsDestination, productEntry } from "./product-event.ts";
import { reserveNewOn, reserveOn } from "./reserve-on.ts";
import { stockSchema } from "./schema.ts";
import { auditAll, auditShard, type SplitAuditOptions } from "./split-audit.ts";
import { SplitStock } from "./split-stock.ts";
import { SplitStore } from "./split-store.ts";
import { SplitUpkeep } from "./split-upkeep.ts";
import { isTaken, StockStore } from "./store.ts";
import type { ReserveCommand } from "./waiting-orders.ts";

export interface StockActorEnv {
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
  readonly STOCK_ACTOR: DurableObjectNamespace;
  readonly ORDER_EVENTS: Queue;
}

const readPlacement = once(stockPlacementEnv);

interface Reservation extends HoldName {
  readonly sku: string;
  readonly quantity: number;
}

/** Holds on one page of the audit. */
const auditPage = 1_000;

type ReceiveReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "quantity_too_large" };
type SetShardsReply = Awaited<ReturnType<StockActorApi["setShards"]>>;
type ReleaseReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "reservation_conflict" };

export class StockActor extends DurableObject<StockActorEnv> implements StockActorApi {
  readonly #schema: ActorSchema;
  readonly #store: StockStore;
  readonly #outbox: Outbox;
  readonly #deadlines: HoldDeadlines;
  readonly #split: SplitStock;
  readonly #upkeep: SplitUpkeep;
  readonly #auditing: SplitAuditOptions;
  readonly #alarms: AlarmScheduler;

  constructor(ctx: DurableObjectState, env: StockActorEnv) {
    super(ctx, env);
    const logger = createLogger("inventory");
    const deadlines = new Deadlines();
    this.#schema = new ActorSchema(ctx.storage, stockSchema);
    this.#store = new StockStore(ctx.storage);
    const chaos = chaosOf(env, "inventory");
    const sender = queueSender(env.ORDER_EVENTS);
    const queue = chaos === undefined ? sender : chaoticQueue(sender, { chaos, name: "order-events" });
    const events = queueDestination(eventsDestination, queue);
    const onUnreadable = countUnreadable(metricsOf(env, "inventory"));
    this.#outbox = new Outbox({ sql: ctx.storage.sql, schema: this.#schema, destinations: [events], deadlines, logger, onUnreadable });
    this.#deadlines = new HoldDeadlines({ schema: this.#schema, store: this.#store, logger });
    const split = new SplitStore(ctx.storage.sql, this.#store.ledgers);
    const common = { schema: this.#schema, store: this.#store, split };
    const peer = (key: string): StockActorApi => stockActor(env.STOCK_ACTOR, key, readPlacement(env).stockPlacement);
    this.#split = new SplitStock({
      ...common,
      peer,
      deadlines,
      logger,
      reserve: (commands) => this.#reserveNow(commands),
      endOverdue: () => this.#endOverdue(),
    });
    this.#auditing = { ...common, peer, deadlines, stock: this.#split };
    this.#upkeep = new SplitUpkeep({ ...common, stock: this.#split, write: (work) => this.#write(work) });
    this.#alarms = new AlarmScheduler(ctx.storage, [this.#outbox, this.#deadlines, this.#upkeep], { deadlines, logger });
    void ctx.blockConcurrencyWhile(() => this.#alarms.restore());
  }

  async putProduct(command: {
    sku: string;
    name: string;
    priceMinor: number;
    currency: string;
    context: WorkContext;
  }): Promise<{ created: boolean; product: WireProduct }> {
    this.#schema.ensure();
    const { sku, name, priceMinor, currency, context } = command;
    const nowMs = Date.now();
    const { changed, product } = decidePut(this.#store.ledgers.read(sku).product, { sku, name, priceMinor, currency }, nowMs);
    if (changed) {
      const rows = this.#write(() => {
        this.#store.ledgers.saveProduct(product);
        const written = this.#outbox.enqueue([productEntry(product, context)], nowMs);
        const upkeepAtMs = this.#upkeep.scheduleIfSplit(sku, nowMs);
        return { result: written, dueAtMs: Math.min(upkeepAtMs, ...written.map((row) => row.dueAtMs)) };
      });
      this.#outbox.committed(rows);
      this.#outbox.sendReady();
    }
    await this.#upkeep.tellProduct(sku);
    return { created: product.version === 1 && changed, product: toWireProduct(product) };
  }

  async getProduct({ sku }: { sku: string }): Promise<WireProduct | null> {
    const product = this.#schema.exists ? this.#store.ledgers.read(sku).product : null;
    return product === null ? null : toWireProduct(product);
  }

  async getLevels({ sku }: { sku: string }): Promise<StockLevels | null> {
    if (!this.#schema.exists) return null;
    return this.#current(sku).product === null ? null : this.#split.levels(sku);
  }

  async receive(command: { sku: string; operationId: string; quantity: number }): Promise<ReceiveReply> {
    const { sku, operationId, quantity } = command;
    if (!this.#schema.exists) return { ok: false, code: "unknown_sku" };
    const done = this.#store.hasReceipt(sku, operationId);
    const decision = decideReceive({ ...this.#current(sku), done, quantity });
    if (!decision.ok) return { ok: false, code: decision.code };
    const { changed, levels } = decision;
    assertSound(levels);
    if (changed) {
      this.#write(() => {
        this.#store.ledgers.saveLevels([{ sku, levels, raised: 0 }]);
        this.#store.saveReceipt({ sku, operationId, quantity }, Date.now());
        return { result: undefined, dueAtMs: Infinity };
      });
    }
    return { ok: true, levels: await this.#split.levels(sku) };
  }

  async reserve(command: ReserveCommand): Promise<ReserveReply> {
    const { sku, owner } = command;
    const first = only(this.#reserveNow([command]));
    const reply = this.#split.isDry(sku, first) ? await this.#split.wait(command) : first;
    return reply.ok && owner === "operator" ? { ...reply, levels: await this.#split.levels(sku) } : reply;
  }

  async reserveMany(commands: readonly ReserveCommand[]): Promise<readonly Joined<ReserveReply | "dry">[]> {
    return this.#split.markDry(commands, this.#reserveNow(commands));
  }

  async release(command: Reservation): Promise<ReleaseReply> {
    const { sku, owner, quantity } = command;
    // An operator's mistake leaves nothing behind; an order's release always leaves its tombstone.
    if (owner === "operator" && (!this.#schema.exists || this.#store.ledgers.read(sku).product === null))
      return { ok: false, code: "unknown_sku" };
    this.#schema.ensure();
    this.#endOverdue();
    const key = holdKey(command);
    const reply = this.#decideOne((batch): ReleaseReply => {
      const ledger = batch.ledger(sku);
      const hold = batch.hold(sku, key);
      const decision = decideRelease({ ...ledger, hold, quantity });
      if (!decision.ok) return { ok: false, code: decision.code };
      const released = { sku, key, hold: decision.hold };
      if (decision.changed && hold === null) batch.add(released, decision.levels);
      else if (decision.changed) batch.change(released, decision.levels);
      return { ok: true, levels: toStockLevels(sku, decision.levels, ledger.shards) };
    });
    return reply.ok && owner === "operator" ? { ok: true, levels: await this.#split.levels(sku) } : reply;
  }

  async commit(command: CommitCommand): Promise<void> {
    only(await this.commitMany([command]));
  }

  async commitMany(commands: readonly CommitCommand[]): Promise<readonly Joined<null>[]> {
    assert(this.#schema.exists, noSaleHere);
    return this.#decide(commands, commitOn);
  }

  async reserveAndCommit(wishes: readonly StockWish[]): Promise<readonly Joined<ReserveReply | "dry" | null>[]> {
    if (!this.#schema.exists) return wishes.map(unknownTo);
    const replies = this.#decideHolds(wishes, (batch, wish, reserve) =>
      wish.kind === "commit" ? commitOn(batch, wish) : reserve(batch, wish),
    );
    return this.#split.markDry(wishes, replies);
  }

  async restock(command: { sku: string; reservationId: string; operationId: string; quantity: number }): Promise<void> {
    const { sku, reservationId, operationId, quantity } = command;
    assert(this.#schema.exists, `a return without a sale: ${sku} ${reservationId}`);
    const key = holdKey({ owner: "order", reservationId });
    const done = this.#store.hasRestock(sku, operationId);
    this.#decideOne(
      (batch) => {
        const decision = decideRestock({ ...batch.ledger(sku), hold: batch.hold(sku, key), done, quantity });
        assert(decision.ok, `a return without a sale: ${sku} ${reservationId}, ${quantity} units`);
        if (decision.changed && decision.hold !== null) batch.change({ sku, key, hold: decision.hold }, decision.levels);
      },
      (nowMs) => this.#store.saveRestock({ sku, operationId, key, quantity }, nowMs),
    );
  }

  async auditStock({ sku, after, limit = auditPage }: StockAuditQuery): Promise<StockAudit | null> {
    if (this.#split.ledger(sku).product === null) return null;
    return auditAll(this.#auditing, sku, { after: after ?? "", limit: Math.min(limit, auditPage) });
  }

  async setShards({ sku, shards }: { sku: string; shards: number }): Promise<SetShardsReply> {
    if (this.#split.ledger(sku).product === null) return { ok: false, code: "unknown_sku" };
    await this.#upkeep.setShards(sku, shards);
    return { ok: true, levels: await this.#split.levels(sku) };
  }

  async borrow(command: BorrowCommand): Promise<BorrowReply> {
    return this.#split.borrow(command);
  }

  async settle(command: SettleCommand): Promise<ShardReading> {
    return this.#split.settle(command);
  }

  async auditShard({ key, ...page }: { key: string; after: string; limit: number }): Promise<ShardAudit> {
    this.#schema.ensure();
    return auditShard(this.#auditing, key, page);
  }

  async acknowledgeEvents(command: { eventIds: readonly string[] }): Promise<void> {
    if (!this.#schema.exists) return;
    this.ctx.storage.transactionSync(() => this.#outbox.confirm(eventsDestination, command.eventIds));
  }

  override async alarm(): Promise<void> {
    const outcome = await this.#alarms.run();
    const metrics = metricsOf(this.env, "inventory");
    metrics.count("holdfast_alarm_runs_total", { actor: "stock", outcome });
    if (!this.#schema.exists) return;
    reportBacklog(this.#outbox, metrics, this.ctx.id.toString());
    metrics.scheduleFlush(this.ctx);
  }

  /** The ledger as it is at this moment: what is past its deadline ends before anything else is decided. */
  #current(sku: string): Ledger {
    this.#endOverdue();
    return this.#store.ledgers.read(sku);
  }

  #endOverdue(): void {
    this.#deadlines.endOverdue(Date.now());
  }

  /** What can be done at this object alone. */
  #reserveNow(commands: readonly ReserveCommand[]): readonly Joined<ReserveReply>[] {
    if (!this.#schema.exists) return commands.map(() => ({ ok: true, reply: { ok: false, code: "unknown_sku" } }));
    return this.#decideHolds(commands, (batch, command, reserve) => reserve(batch, command));
  }

  /** As `#decide`, for commands of which some are holds: nearly all of them new, and found out when one is not. */
  #decideHolds<Command, Reply>(
    commands: readonly Command[],
    decide: (batch: LedgerBatch, command: Command, reserve: typeof reserveOn) => Reply,
  ): readonly Joined<Reply>[] {
    // First of all, for it ends what is past its deadline.
    this.#endOverdue();
    try {
      return this.#decide(commands, (batch, command) => decide(batch, command, reserveNewOn));
    } catch (error) {
      if (!isTaken(error)) throw error;
      return this.#decide(commands, (batch, command) => decide(batch, command, reserveOn));
    }
  }

  #decideOne<Reply>(decide: (batch: LedgerBatch) => Reply, alsoWrite?: (nowMs: number) => void): Reply {
    const batch = new LedgerBatch(this.#store);
    const reply = decide(batch);
    this.#writeBatch(batch, alsoWrite);
    return reply;
  }

  /** Each command on what the ones before it left, and all that they change in one commit. */
  #decide<Command, Reply>(commands: readonly Command[], decide: (batch: LedgerBatch, command: Command) => Reply): readonly Joined<Reply>[] {
    const batch = new LedgerBatch(this.#store);
    const replies = commands.map((command): Joined<Reply> => {
      try {
        return { ok: true, reply: decide(batch, command) };
      } catch (error) {
        return { ok: false, error: describeError(error) };
      }
    });
    this.#writeBatch(batch);
    return replies;
  }

  #writeBatch(batch: LedgerBatch, alsoWrite: (nowMs: number) => void = () => undefined): void {
    if (batch.isEmpty) return;
    const { endsByItselfAtMs } = batch;
    if (endsByItselfAtMs < Infinity) this.#deadlines.forget();
    const nowMs = Date.now();
    this.#write(() => {
      batch.write(nowMs);
      alsoWrite(nowMs);
      return { result: undefined, dueAtMs: endsByItselfAtMs };
    });
  }

  #write<Result>(write: () => { readonly result: Result; readonly dueAtMs: number }): Result {
    return writeWithAlarm({ storage: this.#store, alarms: this.#alarms }, write);
  }
}

/** @throws Defect what the one command threw. */
function only<Reply>([joined]: readonly Joined<Reply>[]): Reply {
  assert(joined !== undefined, "a command without an answer");
  if (joined.ok) return joined.reply;
  throw new Defect(joined.error);
}
