/**
 * StockActor: the ledger of one SKU, and the product's name and price.
 *
 * Named by the SKU. Invariants, asserted before every commit and checked again by SQL: on hand + sold = received,
 * reserved <= on hand, nothing below 0. Reserve, release, commit, restock and receive are idempotent by their ids, for ever.
 * Tables: product, levels, holds, receipts, restocks, outbox (`store.ts`). Alarm: product events no consumer has confirmed, and
 * operators' holds past their deadline (`hold-deadlines.ts`). Called by order actors (holds, sales and what comes back) and by
 * the gateway (products, deliveries, an operator's reservations, the audit).
 * An SKU that was never put leaves nothing behind when it is asked for.
 */
import { DurableObject } from "cloudflare:workers";
import { chaosOf } from "../../shared/chaos/chaos-of.ts";
import { chaoticQueue } from "../../shared/chaos/chaotic-queue.ts";
import type { WireProduct } from "../../shared/contracts/product.ts";
import { toStockLevels, toWireProduct } from "../../shared/contracts/product-mapping.ts";
import type { StockAudit } from "../../shared/contracts/audited.ts";
import type { ReserveReply, StockActorApi, StockLevels } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { decideCommit, decidePut, decideReceive, decideRelease, decideReserve, decideRestock } from "../../shared/domain/stock/decide.ts";
import { availableOf, isSound, noStock, type Hold, type Levels } from "../../shared/domain/stock/ledger.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { AlarmScheduler, writeWithAlarm } from "../kernel/alarm-scheduler.ts";
import { Outbox } from "../kernel/outbox.ts";
import { queueDestination } from "../kernel/queue-destination.ts";
import { reportBacklog } from "../kernel/report-backlog.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { HoldDeadlines } from "./hold-deadlines.ts";
import { holdKey, type HoldName } from "./hold-key.ts";
import { eventsDestination, productEntry } from "./product-event.ts";
import { StockStore, stockSchema } from "./store.ts";

export interface StockActorEnv {
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
  readonly ORDER_EVENTS: Queue;
}

interface Reservation extends HoldName {
  readonly sku: string;
  readonly quantity: number;
}

/** Holds on one page of the audit. */
const auditPage = 1_000;

type ReceiveReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "quantity_too_large" };
type ReleaseReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "reservation_conflict" };

export class StockActor extends DurableObject<StockActorEnv> implements StockActorApi {
  readonly #schema: ActorSchema;
  readonly #store: StockStore;
  readonly #outbox: Outbox;
  readonly #deadlines: HoldDeadlines;
  readonly #alarms: AlarmScheduler;

  constructor(ctx: DurableObjectState, env: StockActorEnv) {
    super(ctx, env);
    const logger = createLogger("inventory");
    this.#schema = new ActorSchema(ctx.storage, stockSchema);
    this.#store = new StockStore(ctx.storage.sql);
    const chaos = chaosOf(env, "inventory");
    const queue = chaos === undefined ? env.ORDER_EVENTS : chaoticQueue(env.ORDER_EVENTS, { chaos, name: "order-events" });
    const events = queueDestination(eventsDestination, queue);
    this.#outbox = new Outbox({ sql: ctx.storage.sql, schema: this.#schema, destinations: [events], logger });
    this.#deadlines = new HoldDeadlines({ storage: ctx.storage, schema: this.#schema, store: this.#store, logger });
    this.#alarms = new AlarmScheduler(ctx.storage, [this.#outbox, this.#deadlines], logger);
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
    const { changed, product } = decidePut(this.#store.product(), { sku, name, priceMinor, currency }, nowMs);
    if (changed) {
      const row = writeWithAlarm({ storage: this.ctx.storage, alarms: this.#alarms }, () => {
        this.#store.saveProduct(product);
        const written = this.#outbox.enqueue(productEntry(product, context), nowMs);
        return { result: written, dueAtMs: written.dueAtMs };
      });
      this.#outbox.committed([row]);
      this.#outbox.sendReady();
    }
    return { created: product.version === 1 && changed, product: toWireProduct(product) };
  }

  async getProduct(): Promise<WireProduct | null> {
    const product = this.#schema.exists ? this.#store.product() : null;
    return product === null ? null : toWireProduct(product);
  }

  async getLevels(query: { sku: string }): Promise<StockLevels | null> {
    if (!this.#schema.exists || this.#store.product() === null) return null;
    return toStockLevels(query.sku, this.#levels());
  }

  async receive(command: { sku: string; operationId: string; quantity: number }): Promise<ReceiveReply> {
    const { sku, operationId, quantity } = command;
    if (!this.#schema.exists) return { ok: false, code: "unknown_sku" };
    const done = this.#store.hasReceipt(operationId);
    const decision = decideReceive({ product: this.#store.product(), levels: this.#levels(), done, quantity });
    if (!decision.ok) return { ok: false, code: decision.code };
    if (decision.changed) this.#write(decision.levels, () => this.#store.saveReceipt(operationId, quantity, Date.now()));
    return { ok: true, levels: toStockLevels(sku, decision.levels) };
  }

  async reserve(command: Reservation & { readonly expiresAtMs?: number | null }): Promise<ReserveReply> {
    const { sku, quantity, expiresAtMs = null } = command;
    if (!this.#schema.exists) return { ok: false, code: "unknown_sku" };
    // First of all, for it ends what is past its deadline.
    const levels = this.#levels();
    const hold = this.#store.hold(holdKey(command));
    const decision = decideReserve({ product: this.#store.product(), levels, hold, quantity, expiresAtMs });
    if (!decision.ok) {
      return decision.code === "out_of_stock"
        ? { ok: false, code: decision.code, available: availableOf(decision.levels) }
        : { ok: false, code: decision.code };
    }
    if (decision.changed) this.#writeHold(command, decision.hold, decision.levels);
    const { name, unitPriceMinor, currency, expiresAtMs: heldUntilMs } = decision.hold;
    return { ok: true, name, unitPriceMinor, currency, expiresAtMs: heldUntilMs, levels: toStockLevels(sku, decision.levels) };
  }

  async release(command: Reservation): Promise<ReleaseReply> {
    // An operator's mistake leaves nothing behind; an order's release always leaves its tombstone.
    if (command.owner === "operator" && !this.#schema.exists) return { ok: false, code: "unknown_sku" };
    this.#schema.ensure();
    const levels = this.#levels();
    const decision = decideRelease({ levels, hold: this.#store.hold(holdKey(command)), quantity: command.quantity });
    if (!decision.ok) return { ok: false, code: decision.code };
    if (decision.changed) this.#writeHold(command, decision.hold, decision.levels);
    return { ok: true, levels: toStockLevels(command.sku, decision.levels) };
  }

  async commit(command: { sku: string; reservationId: string }): Promise<void> {
    const reservation = { ...command, owner: "order" } as const;
    const hold = this.#schema.exists ? this.#store.hold(holdKey(reservation)) : null;
    const decision = decideCommit(this.#schema.exists ? this.#store.levels() : noStock, hold);
    assert(decision.ok, `a sale without a hold: ${command.sku} ${command.reservationId}`);
    if (decision.changed) this.#writeHold(reservation, decision.hold, decision.levels);
  }

  async restock(command: { sku: string; reservationId: string; operationId: string; quantity: number }): Promise<void> {
    const { sku, reservationId, operationId, quantity } = command;
    assert(this.#schema.exists, `a return without a sale: ${sku} ${reservationId}`);
    const key = holdKey({ owner: "order", reservationId });
    const done = this.#store.hasRestock(operationId);
    const decision = decideRestock({ levels: this.#store.levels(), hold: this.#store.hold(key), done, quantity });
    assert(decision.ok, `a return without a sale: ${sku} ${reservationId}, ${quantity} units`);
    const { changed, hold, levels } = decision;
    if (!changed || hold === null) return;
    const nowMs = Date.now();
    this.#write(levels, () => {
      this.#store.saveHold(key, hold, nowMs);
      this.#store.saveRestock(operationId, { key, quantity, nowMs });
    });
  }

  async auditStock(query: { sku: string; after: string | null }): Promise<StockAudit | null> {
    if (!this.#schema.exists || this.#store.product() === null) return null;
    const page = this.#store.auditHolds(query.after ?? "", auditPage);
    const holds = page.map(({ key: _key, ...hold }) => hold);
    const next = page.length < auditPage ? null : (page.at(-1)?.key ?? null);
    return { levels: toStockLevels(query.sku, this.#store.levels()), totals: this.#store.totals(), holds, next };
  }

  async acknowledgeEvents(command: { eventIds: readonly string[] }): Promise<void> {
    if (!this.#schema.exists) return;
    this.ctx.storage.transactionSync(() => this.#outbox.confirm(eventsDestination, command.eventIds));
  }

  override async alarm(): Promise<void> {
    const outcome = await this.#alarms.run();
    metricsOf(this.env, "inventory").count("holdfast_alarm_runs_total", { actor: "stock", outcome });
    this.#report();
  }

  #report(): void {
    if (!this.#schema.exists) return;
    const metrics = metricsOf(this.env, "inventory");
    reportBacklog(this.#outbox, metrics, this.ctx.id.toString());
    metrics.scheduleFlush(this.ctx);
  }

  /** The ledger as it is at this moment: what is past its deadline ends before anything else is decided. */
  #levels(): Levels {
    this.#deadlines.endOverdue(Date.now());
    return this.#store.levels();
  }

  #writeHold(reservation: HoldName, hold: Hold, levels: Levels): void {
    const save = () => this.#store.saveHold(holdKey(reservation), hold, Date.now());
    if (reservation.owner === "order") return this.#write(levels, save);
    this.#deadlines.forget();
    this.#write(levels, save, hold.state === "held" ? (hold.expiresAtMs ?? Infinity) : Infinity);
  }

  /** @param dueAtMs When the alarm must ring at the latest for what is written. */
  #write(levels: Levels, record: () => void, dueAtMs = Infinity): void {
    assert(isSound(levels), `the ledger would not balance: ${JSON.stringify(levels)}`);
    writeWithAlarm({ storage: this.ctx.storage, alarms: this.#alarms }, () => {
      this.#store.saveLevels(levels);
      record();
      return { result: undefined, dueAtMs };
    });
  }
}
