/**
 * StockActor: the ledger of one SKU, and the product's name and price.
 *
 * Named by the SKU. Invariants, asserted before every commit and checked again by SQL: on hand + sold = received,
 * reserved <= on hand, nothing below 0. Reserve, release, commit and receive are idempotent by their ids, for ever.
 * Tables: product, levels, holds, receipts, outbox (`store.ts`). Alarm: product events no consumer has confirmed.
 * Called by order actors (holds and sales) and by the gateway (products, deliveries, an operator's reservations).
 * An SKU that was never put leaves nothing behind when it is asked for.
 */
import { DurableObject } from "cloudflare:workers";
import type { WireProduct } from "../../shared/contracts/product.ts";
import { toStockLevels, toWireProduct } from "../../shared/contracts/product-mapping.ts";
import type { ReservationOwner, ReserveReply, StockActorApi, StockLevels } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { decideCommit, decidePut, decideReceive, decideRelease, decideReserve } from "../../shared/domain/stock/decide.ts";
import { availableOf, isSound, noStock, type Hold, type Levels } from "../../shared/domain/stock/ledger.ts";
import type { WorkContext } from "../../shared/platform/context.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { AlarmScheduler, writeWithAlarm } from "../kernel/alarm-scheduler.ts";
import { Outbox } from "../kernel/outbox.ts";
import { queueDestination } from "../kernel/queue-destination.ts";
import { reportBacklog } from "../kernel/report-backlog.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { eventsDestination, productEntry } from "./product-event.ts";
import { StockStore, stockSchema } from "./store.ts";

export interface StockActorEnv {
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly ORDER_EVENTS: Queue;
}

interface Reservation {
  readonly sku: string;
  readonly reservationId: string;
  readonly owner: ReservationOwner;
  readonly quantity: number;
}

type ReceiveReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "quantity_too_large" };
type ReleaseReply = { ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "reservation_conflict" };

export class StockActor extends DurableObject<StockActorEnv> implements StockActorApi {
  readonly #schema: ActorSchema;
  readonly #store: StockStore;
  readonly #outbox: Outbox;
  readonly #alarms: AlarmScheduler;

  constructor(ctx: DurableObjectState, env: StockActorEnv) {
    super(ctx, env);
    const logger = createLogger("inventory");
    this.#schema = new ActorSchema(ctx.storage, stockSchema);
    this.#store = new StockStore(ctx.storage.sql);
    const events = queueDestination(eventsDestination, env.ORDER_EVENTS);
    this.#outbox = new Outbox({ sql: ctx.storage.sql, schema: this.#schema, destinations: [events], logger });
    this.#alarms = new AlarmScheduler(ctx.storage, [this.#outbox], logger);
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
    return toStockLevels(query.sku, this.#store.levels());
  }

  async receive(command: { sku: string; operationId: string; quantity: number }): Promise<ReceiveReply> {
    const { sku, operationId, quantity } = command;
    if (!this.#schema.exists) return { ok: false, code: "unknown_sku" };
    const done = this.#store.hasReceipt(operationId);
    const decision = decideReceive({ product: this.#store.product(), levels: this.#store.levels(), done, quantity });
    if (!decision.ok) return { ok: false, code: decision.code };
    if (decision.changed) this.#write(decision.levels, () => this.#store.saveReceipt(operationId, quantity, Date.now()));
    return { ok: true, levels: toStockLevels(sku, decision.levels) };
  }

  async reserve(command: Reservation): Promise<ReserveReply> {
    const { sku, quantity } = command;
    if (!this.#schema.exists) return { ok: false, code: "unknown_sku" };
    const hold = this.#store.hold(holdKey(command));
    const decision = decideReserve({ product: this.#store.product(), levels: this.#store.levels(), hold, quantity });
    if (!decision.ok) {
      return decision.code === "out_of_stock"
        ? { ok: false, code: decision.code, available: availableOf(decision.levels) }
        : { ok: false, code: decision.code };
    }
    if (decision.changed) this.#writeHold(command, decision.hold, decision.levels);
    const { name, unitPriceMinor, currency } = decision.hold;
    return { ok: true, name, unitPriceMinor, currency, levels: toStockLevels(sku, decision.levels) };
  }

  async release(command: Reservation): Promise<ReleaseReply> {
    // An operator's mistake leaves nothing behind; an order's release always leaves its tombstone.
    if (command.owner === "operator" && !this.#schema.exists) return { ok: false, code: "unknown_sku" };
    this.#schema.ensure();
    const decision = decideRelease({ levels: this.#store.levels(), hold: this.#store.hold(holdKey(command)), quantity: command.quantity });
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

  #writeHold(reservation: Pick<Reservation, "owner" | "reservationId">, hold: Hold, levels: Levels): void {
    this.#write(levels, () => this.#store.saveHold(holdKey(reservation), hold, Date.now()));
  }

  #write(levels: Levels, record: () => void): void {
    assert(isSound(levels), `the ledger would not balance: ${JSON.stringify(levels)}`);
    this.ctx.storage.transactionSync(() => {
      this.#store.saveLevels(levels);
      record();
    });
  }
}

/** Orders and operators name reservations in spaces of their own. */
const holdKey = ({ owner, reservationId }: Pick<Reservation, "owner" | "reservationId">): string => `${owner}/${reservationId}`;
