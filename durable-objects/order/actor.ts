/**
 * OrderActor: runs the sagas of its orders and keeps their payments' books.
 *
 * Named by `actorNameFor(idempotencyName(principal, key))`: one order (per-order) or a fixed share of all (pooled).
 * Invariants: an Idempotency-Key is answered once and then replayed; an order's state, journal, outbox and next alarm
 * change in one transaction; a settled order is released or sold entirely; no order that is not settled sleeps for ever.
 * Tables: orders, journal, requests, outbox (`store.ts`). Alarms: orders that are due, outbox rows no consumer has confirmed.
 * Called by the gateway (orders, and the idempotency record of every other POST) and by the consumers (acknowledgements).
 */
import { DurableObject } from "cloudflare:workers";
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder, WireTimeline } from "../../shared/contracts/order.ts";
import type {
  BeginRequestReply,
  IdempotentRequest,
  OrderActorApi,
  PaymentApi,
  PlaceOrderCommand,
  PlaceOrderReply,
  StoredReply,
} from "../../shared/contracts/rpc.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import { AlarmScheduler } from "../kernel/alarm-scheduler.ts";
import { Outbox } from "../kernel/outbox.ts";
import { queueDestination } from "../kernel/queue-destination.ts";
import { reportBacklog } from "../kernel/report-backlog.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { stockActor } from "../stock/client.ts";
import type { OrderTables } from "./commit-order.ts";
import type { OrderActorEnv } from "./env.ts";
import { limits } from "./limits.ts";
import { destinations } from "./order-messages.ts";
import { meet, RequestStore } from "./request-store.ts";
import { saleDestination } from "./sale-destination.ts";
import { SagaHost } from "./saga-host.ts";
import { orderSchema, OrderStore } from "./store.ts";
import { timelineOf } from "./timeline.ts";

interface OrderQuery {
  readonly orderId: string;
  /** null: an operator, who sees all. */
  readonly principalId: string | null;
}

export class OrderActor extends DurableObject<OrderActorEnv> implements OrderActorApi {
  readonly #schema: ActorSchema;
  readonly #tables: OrderTables;
  readonly #sagas: SagaHost;

  constructor(ctx: DurableObjectState, env: OrderActorEnv) {
    super(ctx, env);
    const stock = (sku: string) => stockActor(env.STOCK_ACTOR, sku);
    this.#schema = new ActorSchema(ctx.storage, orderSchema);
    this.#tables = createTables(ctx, env, this.#schema, () => this.#sagas);
    this.#sagas = new SagaHost({
      ctx,
      tables: this.#tables,
      ports: { stock, payment: plainRpc<PaymentApi>(env.PAYMENT) },
      metrics: metricsOf(env, "orders"),
    });
    void ctx.blockConcurrencyWhile(() => this.#tables.alarms.restore());
  }

  async placeOrder(command: PlaceOrderCommand): Promise<PlaceOrderReply> {
    this.#schema.ensure();
    return this.#sagas.placeOrder(command);
  }

  async getOrder(query: OrderQuery): Promise<WireOrder | null> {
    const record = this.#find(query);
    return record === null ? null : toWireOrder(record.state, record.version);
  }

  async getTimeline(query: OrderQuery): Promise<WireTimeline | null> {
    const record = this.#find(query);
    return record === null ? null : timelineOf(record, this.#tables.orders.journal(query.orderId), Date.now());
  }

  async beginRequest(command: { name: string; request: IdempotentRequest }): Promise<BeginRequestReply> {
    this.#schema.ensure();
    const nowMs = Date.now();
    const { requests } = this.#tables;
    const met = meet(requests.find(command.name), command.request, (startedAtMs) => startedAtMs + limits.requestLeaseMs, nowMs);
    if (met.kind === "run") requests.begin(command.name, command.request, nowMs);
    return met;
  }

  async finishRequest(command: { name: string; reply: StoredReply }): Promise<void> {
    this.#schema.ensure();
    this.#tables.requests.finish(command.name, command.reply);
  }

  async abandonRequest(command: { name: string }): Promise<void> {
    if (this.#schema.exists) this.#tables.requests.abandon(command.name);
  }

  async acknowledgeEvents(command: { consumer: "order-events" | "notifications"; eventIds: readonly string[] }): Promise<void> {
    if (!this.#schema.exists) return;
    this.ctx.storage.transactionSync(() => this.#tables.outbox.confirm(command.consumer, command.eventIds));
  }

  async wake(command: { orderId: string }): Promise<void> {
    if (this.#schema.exists) this.#sagas.wake(command.orderId);
  }

  override async alarm(): Promise<void> {
    const outcome = await this.#tables.alarms.run();
    metricsOf(this.env, "orders").count("holdfast_alarm_runs_total", { actor: "order", outcome });
    this.#report();
  }

  #report(): void {
    if (!this.#schema.exists) return;
    const metrics = metricsOf(this.env, "orders");
    reportBacklog(this.#tables.outbox, metrics, this.ctx.id.toString());
    metrics.scheduleFlush(this.ctx);
  }

  /** Not yours and not there look the same. */
  #find({ orderId, principalId }: OrderQuery) {
    const record = this.#schema.exists ? this.#tables.orders.load(orderId) : null;
    return record === null || (principalId !== null && record.state.principalId !== principalId) ? null : record;
  }
}

function createTables(ctx: DurableObjectState, env: OrderActorEnv, schema: ActorSchema, sagas: () => SagaHost): OrderTables {
  const { storage } = ctx;
  const logger = createLogger("orders");
  const orders = new OrderStore(storage.sql);
  const outbox = new Outbox({
    sql: storage.sql,
    schema,
    destinations: [
      queueDestination(destinations.events, env.ORDER_EVENTS),
      queueDestination(destinations.notifications, env.NOTIFICATIONS_QUEUE),
      saleDestination((sku) => stockActor(env.STOCK_ACTOR, sku), logger),
    ],
    logger,
    onSent: (destination, rows) => metricsOf(env, "orders").count("holdfast_outbox_sent_total", { destination }, rows),
  });
  const due = {
    name: "orders",
    nextDueMs: () => (schema.exists ? orders.nextDueMs() : null),
    runDue: (nowMs: number) => sagas().runDue(nowMs),
  };
  return { storage, orders, requests: new RequestStore(storage.sql), outbox, alarms: new AlarmScheduler(storage, [due, outbox], logger) };
}
