/**
 * OrderActor: runs the sagas of its orders and keeps their payments' books.
 *
 * Named by `actorNameFor(idempotencyName(principal, key))`: one order (per-order) or a fixed share of all (pooled).
 * Invariants: an Idempotency-Key is answered once and then replayed; an order's state, journal, outbox and next alarm
 * change in one transaction; a settled order is released, sold or taken back entirely; no order that is not settled sleeps for ever.
 * Tables: orders, journal, requests, outbox (`schema.ts`). Alarms: orders that are due, outbox rows no consumer has confirmed.
 * Called by the gateway (orders, and the idempotency record of every other POST) and by the consumers (acknowledgements).
 */
import { DurableObject } from "cloudflare:workers";
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder, WireTimeline } from "../../shared/contracts/order.ts";
import { toWirePayment } from "../../shared/contracts/payment-mapping.ts";
import type { WirePayment } from "../../shared/contracts/payment.ts";
import type { OrderAudit } from "../../shared/contracts/audited.ts";
import type {
  BeginRequestReply,
  ChangeOrderCommand,
  ChangeOrderReply,
  IdempotentRequest,
  JoinedOrderReply,
  OrderActorApi,
  PlaceOrderCommand,
  PlaceOrderReply,
  StoredReply,
} from "../../shared/contracts/rpc.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { orderChaosOf, type OrderChaos } from "../chaos/order-chaos.ts";
import { AlarmScheduler } from "../kernel/alarm-scheduler.ts";
import { Deadlines } from "../kernel/deadlines.ts";
import { Outbox } from "../kernel/outbox.ts";
import { inOwnTransaction } from "../kernel/own-transaction.ts";
import { queueDestination } from "../kernel/queue-destination.ts";
import { countUnreadable, reportBacklog } from "../kernel/report-backlog.ts";
import { ActorSchema } from "../kernel/schema.ts";
import { answerTogether } from "./answer-together.ts";
import { toOrderAudit } from "./audit-order.ts";
import type { Caller } from "./caller.ts";
import type { OrderTables } from "./commit-order.ts";
import type { OrderActorEnv } from "./env.ts";
import { replyOf } from "./kept-answer.ts";
import { wholeBody } from "./kept-event.ts";
import { limits } from "./limits.ts";
import { neighboursOf, type Neighbours } from "./neighbours.ts";
import { noticeText } from "./order-messages.ts";
import { meet, RequestStore } from "./request-store.ts";
import { saleDestination } from "./sale-destination.ts";
import { destinations, saleOfRow } from "./sale.ts";
import { SagaHost } from "./saga-host.ts";
import { orderSchema } from "./schema.ts";
import { OrderStore } from "./store.ts";
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
  readonly #deadlines = new Deadlines();
  readonly #chaos: OrderChaos | undefined;

  constructor(ctx: DurableObjectState, env: OrderActorEnv) {
    super(ctx, env);
    this.#chaos = orderChaosOf(env);
    const neighbours = neighboursOf(env, this.#chaos);
    const deadlines = this.#deadlines;
    this.#schema = new ActorSchema(ctx.storage, orderSchema);
    this.#tables = createTables(ctx, { env, neighbours, deadlines, schema: this.#schema, sagas: () => this.#sagas });
    this.#sagas = new SagaHost({ ctx, tables: this.#tables, ports: neighbours, deadlines, metrics: metricsOf(env, "orders") });
    void ctx.blockConcurrencyWhile(() => this.#tables.alarms.restore());
  }

  placeOrder(command: PlaceOrderCommand): Promise<PlaceOrderReply> {
    return this.#place(command);
  }

  /** `placeOrder`, its reply as JSON: what `client.ts` calls. A gateway of the release before still calls `placeOrder`. */
  async placeOrderAsText(command: PlaceOrderCommand): Promise<string> {
    return JSON.stringify(await this.#place(command));
  }

  placeOrdersAsTexts(commands: readonly PlaceOrderCommand[]): Promise<readonly JoinedOrderReply[]> {
    return answerTogether(commands, { place: (command, caller) => this.#place(command, caller), deadlines: this.#deadlines });
  }

  async getOrder(query: OrderQuery): Promise<WireOrder | null> {
    const record = this.#find(query);
    return record === null ? null : toWireOrder(record.state, record.version);
  }

  async getTimeline(query: OrderQuery): Promise<WireTimeline | null> {
    const record = this.#find(query);
    return record === null ? null : timelineOf(record, this.#tables.orders.journal(record.id), Date.now());
  }

  async getPayment(query: OrderQuery): Promise<WirePayment | null> {
    const record = this.#find(query);
    return record === null ? null : toWirePayment(record.state);
  }

  async changeOrder(command: ChangeOrderCommand): Promise<ChangeOrderReply> {
    if (!this.#schema.exists) return { kind: "not_found" };
    if (this.#chaos === undefined) return this.#sagas.changeOrder(command);
    return this.#chaos.carry({ orderId: command.orderId, command }, (plain) => this.#sagas.changeOrder(plain));
  }

  async auditOrders({ orderIds }: { orderIds: readonly string[] }): Promise<readonly OrderAudit[]> {
    if (!this.#schema.exists) return [];
    const undelivered = this.#tables.outbox.subjects();
    const records = orderIds.map((orderId) => this.#tables.orders.load(orderId)).filter((record) => record !== null);
    return records.map((record) => toOrderAudit(record, !undelivered.has(record.state.orderId)));
  }

  async beginRequest(command: { name: string; request: IdempotentRequest }): Promise<BeginRequestReply> {
    this.#schema.ensure();
    const orderId = orderIdFor(command.name);
    // The order has taken the key, though its request is not on disk yet: a row of another one's would refuse it there.
    while (this.#sagas.accepting(orderId) !== undefined) await this.#sagas.accepting(orderId);
    const nowMs = Date.now();
    const { requests, orders } = this.#tables;
    const stored = requests.find(command.name);
    const reply = stored && replyOf(stored, () => orders.load(orderId));
    const met = meet(stored && { ...stored, reply }, command.request, (startedAtMs) => startedAtMs + limits.requestLeaseMs, nowMs);
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
    await inOwnTransaction(this.ctx.storage, () => this.#tables.outbox.confirm(command.consumer, command.eventIds));
  }

  async wake({ orderId, now }: { orderId: string; now?: boolean }): Promise<void> {
    if (this.#schema.exists) this.#sagas.wake(orderId, now);
  }

  override async alarm(): Promise<void> {
    const outcome = await this.#tables.alarms.run();
    metricsOf(this.env, "orders").count("holdfast_alarm_runs_total", { actor: "order", outcome });
    this.#report();
  }

  async #place(command: PlaceOrderCommand, caller?: Caller): Promise<PlaceOrderReply> {
    this.#schema.ensure();
    if (this.#chaos === undefined) return this.#sagas.placeOrder(command, caller);
    return this.#chaos.carry({ orderId: orderIdFor(command.name), command }, (plain) => this.#sagas.placeOrder(plain, caller));
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

interface TableParts {
  readonly env: OrderActorEnv;
  readonly neighbours: Neighbours;
  readonly deadlines: Deadlines;
  readonly schema: ActorSchema;
  readonly sagas: () => SagaHost;
}

function createTables({ storage }: DurableObjectState, { env, neighbours, deadlines, schema, sagas }: TableParts): OrderTables {
  const logger = createLogger("orders");
  const orders = new OrderStore(storage.sql);
  const onUnreadable = countUnreadable(metricsOf(env, "orders"));
  const outbox = new Outbox({
    sql: storage.sql,
    schema,
    destinations: [
      queueDestination(destinations.events, neighbours.events),
      queueDestination(destinations.notifications, neighbours.notifications, { textOf: noticeText }),
      saleDestination(neighbours.stock, { deadlines, logger, saleOf: (row) => saleOfRow(row, orders), onUnreadable }),
    ],
    deadlines,
    logger,
    wholeBody: (row) => wholeBody(row, orders),
    onSent: (destination, rows) => metricsOf(env, "orders").count("holdfast_outbox_sent_total", { destination }, rows),
    onUnreadable,
  });
  const due = {
    name: "orders",
    nextDueMs: () => (schema.exists ? orders.nextDueMs() : null),
    runDue: (nowMs: number) => sagas().runDue(nowMs),
  };
  const alarms = new AlarmScheduler(storage, [due, outbox], { deadlines, logger });
  return { storage, orders, requests: new RequestStore(storage.sql), outbox, alarms };
}
