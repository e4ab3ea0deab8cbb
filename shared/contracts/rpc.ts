/**
 * What Workers and actors say to each other: plain data in, plain data out. Refusals are returned with a code;
 * operating failures (the callee cannot be reached, storage fails) are thrown by the platform or as OperatingError.
 * The classes that implement these are the Durable Objects and the WorkerEntrypoints.
 */
import type { StuckAction } from "../domain/audit/finding.ts";
import type { LineQuantity } from "../domain/order/after-sale.ts";
import type { ChangeRefusalCode } from "../domain/order/decide-after-sale.ts";
import type { Product } from "../domain/stock/ledger.ts";
import type { ShardReading } from "../domain/stock/shards/decide-transfer.ts";
import type { Verdict } from "../domain/stock/shards/round.ts";
import type { WorkContext } from "../platform/context.ts";
import type { WireAudit, WireIntervention, WireStuckList } from "./audit.ts";
import type { OrderAudit, ShardAudit, StockAudit } from "./audited.ts";
import type { DependencyHealth } from "./health.ts";
import type { WireOrder, WireTimeline } from "./order.ts";
import type { WirePayment, WireRefund, WireReturn } from "./payment.ts";
import type { WireProduct } from "./product.ts";

/** A request as far as idempotency is concerned: the same key with another one of these is a mismatch. */
export interface IdempotentRequest {
  readonly method: string;
  readonly path: string;
  /** `canonicalJson(body)`. */
  readonly body: string;
}

/** What the first request was answered, given again to every later one. `body` is JSON. */
export interface StoredReply {
  readonly status: number;
  readonly body: string;
}

export interface PlaceOrderCommand {
  /** `idempotencyName(principal, key)`; the order's id is made of it. */
  readonly name: string;
  readonly principalId: string;
  readonly request: IdempotentRequest;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotalMinor: number | null;
  /** How long the stock is held for an order that has not been paid, ms. Absent from a gateway of the release before this one. */
  readonly holdMs?: number;
  readonly onDecline?: "fail" | "wait";
  readonly metadata: Readonly<Record<string, string>>;
  readonly context: WorkContext;
  /** How long the caller waits for the outcome, ms; after it the answer is `accepted` and the work goes on. */
  readonly waitMs: number;
  /**
   * The same request asks again, because a joined call left it without an answer: if the order was placed under this request id, the
   * answer is that of the first time and no replay. Only for a request that knows that no other one has its id, or has been told
   * `begun`; so a client that sends a request twice under one id is told of the second that it is a replay.
   */
  readonly askedAgain?: true;
}

/**
 * What a command of a joined call is told: its reply's JSON, or that it must ask alone. `begun`: this very command has placed the order,
 * which is still worked on. null: it was not answered in time and had not placed anything by then, or it failed.
 */
export type JoinedOrderReply = string | null;
/** No reply's JSON, which is an object's. */
export const begun = "begun";

export type PlaceOrderReply =
  /** The saga has ended (confirmed, failed or cancelled). `order` is the order as it was at that moment, on every replay the same. */
  | { readonly kind: "settled"; readonly replayed: boolean; readonly order: WireOrder; readonly requestId: string }
  /** Still working. */
  | { readonly kind: "accepted"; readonly replayed: boolean; readonly order: WireOrder }
  /** The key was used for another request; `fields` are `method` and `path`, or `body.<name>` when those are the same. */
  | { readonly kind: "mismatch"; readonly fields: readonly string[] };

export type BeginRequestReply =
  /** Do the work, then call `finishRequest` (or `abandonRequest` when it may be tried again). */
  | { readonly kind: "run" }
  | { readonly kind: "replay"; readonly reply: StoredReply }
  | { readonly kind: "mismatch"; readonly fields: readonly string[] }
  | { readonly kind: "running" };

/**
 * What can be asked of an order that exists. `operationId` makes each repeatable: the same one again changes nothing and
 * answers what became of the first.
 */
export type OrderChange =
  /** Before anything is shipped: gives back what was held or sold, voids or refunds what was or may have been charged. */
  | { readonly kind: "cancel"; readonly operationId: string; readonly reason: string | null }
  /** Pays an order that waits for another card. */
  | { readonly kind: "pay"; readonly operationId: string; readonly paymentMethod: string }
  /** `amountMinor` null: all that has not been refunded yet. */
  | { readonly kind: "refund"; readonly operationId: string; readonly amountMinor: number | null; readonly reason: string }
  /** Units leave the warehouse; `lines` null: all that have not yet. */
  | { readonly kind: "fulfil"; readonly operationId: string; readonly lines: readonly LineQuantity[] | null }
  /** Shipped units are back and can be sold again. */
  | { readonly kind: "return"; readonly operationId: string; readonly lines: readonly LineQuantity[]; readonly reason: string | null }
  /** Money that was found at the provider though the order had failed or was cancelled: refunds it. */
  | { readonly kind: "refund_stray"; readonly operationId: string; readonly reference: string; readonly amountMinor: number };

export interface ChangeOrderCommand {
  readonly orderId: string;
  /** null: an operator, who may touch everybody's. */
  readonly principalId: string | null;
  readonly change: OrderChange;
  readonly context: WorkContext;
  /** How long the caller waits for the outcome, ms; after it the answer is `working`, and the work goes on. */
  readonly waitMs: number;
}

export type ChangeOrderReply =
  | { readonly kind: "not_found" }
  | { readonly kind: "refused"; readonly code: ChangeRefusalCode; readonly detail: string; readonly order: WireOrder }
  /** `settled`: what was asked has been done, or the provider has refused it; `working`: it will be. */
  | {
      readonly kind: "settled" | "working";
      readonly order: WireOrder;
      readonly payment: WirePayment;
      /** Of a refund or a return: what this operation made. */
      readonly refund: WireRefund | null;
      readonly return: WireReturn | null;
    };

export interface OrderActorApi {
  placeOrder(command: PlaceOrderCommand): Promise<PlaceOrderReply>;
  /**
   * Places each order as `placeOrder` would, for requests that wait at the same moment. It answers all when all have their answers, or a
   * moment after the first new order has, in the order of the commands; whoever has none by then asks alone. It fails for no order's sake.
   */
  placeOrdersAsTexts(commands: readonly PlaceOrderCommand[]): Promise<readonly JoinedOrderReply[]>;
  /** null when there is no such order or it belongs to another principal. `principalId` null: an operator, sees all. */
  getOrder(query: { orderId: string; principalId: string | null }): Promise<WireOrder | null>;
  getTimeline(query: { orderId: string; principalId: string | null }): Promise<WireTimeline | null>;
  getPayment(query: { orderId: string; principalId: string | null }): Promise<WirePayment | null>;
  changeOrder(command: ChangeOrderCommand): Promise<ChangeOrderReply>;
  /** The orders of this host among the ids (at most 100), as they stand on disk. One that is not there is left out. */
  auditOrders(query: { orderIds: readonly string[] }): Promise<readonly OrderAudit[]>;
  /** The idempotency record of every other POST: same key, same object, whatever the path. */
  beginRequest(command: { name: string; request: IdempotentRequest }): Promise<BeginRequestReply>;
  finishRequest(command: { name: string; reply: StoredReply }): Promise<void>;
  abandonRequest(command: { name: string }): Promise<void>;
  /** A consumer says that it has done its work for these events; only now is an outbox row done. */
  acknowledgeEvents(command: { consumer: "order-events" | "notifications"; eventIds: readonly string[] }): Promise<void>;
  /**
   * Goes on with an order that should have ended by now; does nothing when there is nothing to do. With `now` it does not wait
   * for the next try: somebody has reason to think that something has changed (a webhook, an operator).
   */
  wake(command: { orderId: string; now?: boolean }): Promise<void>;
}

export interface StockLevels {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly sold: number;
  readonly received: number;
  /** Over how many objects the SKU is spread, the root included. */
  readonly shards: number;
}

/**
 * Orders' holds live until their order decides (their deadline is the order's, kept here to be seen); an operator's live until
 * released, or until their deadline when they have one. Neither can touch the other's.
 */
export type ReservationOwner = "order" | "operator";

export type ReserveReply =
  /** Price and deadline are the hold's: those of the first time when it was asked for before. */
  | {
      readonly ok: true;
      readonly name: string;
      readonly unitPriceMinor: number;
      readonly currency: string;
      readonly expiresAtMs: number | null;
      readonly levels: StockLevels;
    }
  | { readonly ok: false; readonly code: "unknown_sku" }
  | { readonly ok: false; readonly code: "out_of_stock"; readonly available: number; readonly shards?: number }
  /** It was released before (or its release came first), or it exists with another quantity. */
  | { readonly ok: false; readonly code: "reservation_conflict" };

/** What became of one of the commands that came as one call: its answer, or that it threw. */
export type Joined<Reply> = { readonly ok: true; readonly reply: Reply } | { readonly ok: false; readonly error: string };

/**
 * All that the root of a split SKU has to say to one of its shards, in every message to it: the product as it is, over how many
 * objects the SKU is spread, and how many units it has lent to this one, ever.
 */
export interface RootNews {
  readonly product: Product;
  readonly shards: number;
  readonly lent: number;
}

/** A shard asks its root for units. */
export interface BorrowCommand {
  readonly sku: string;
  readonly reading: ShardReading;
  /** What is free there. */
  readonly available: number;
  /** What the orders want that wait there. */
  readonly quantities: readonly number[];
}

export type BorrowReply =
  /** `verdict`: what may be said to the orders that find nothing; null: there is enough for all. */
  { readonly ok: true; readonly news: RootNews; readonly verdict: Verdict | null } | { readonly ok: false; readonly code: "unknown_sku" };

export interface SettleCommand {
  /** `shardKey(sku, shard)`. */
  readonly key: string;
  readonly news: RootNews;
  /** What is free there is given back. */
  readonly surrender: boolean;
}

/** An operation of an order on one of its lines' stock that may share a call with others. */
export type StockWish =
  | ({ readonly kind: "reserve" } & Parameters<StockActorApi["reserve"]>[0])
  | ({ readonly kind: "commit" } & Parameters<StockActorApi["commit"]>[0]);

export interface StockAuditQuery {
  readonly sku: string;
  /** null: from the first on. */
  readonly after: string | null;
  /** At least 1. Absent from a Worker of the release before this one: 1,000. */
  readonly limit?: number;
}

/**
 * `sku` may be the key of a shard where orders' holds are concerned (`shardKey`): a shard keeps its part of a split SKU as if it
 * were an SKU of its own. For everything else the root answers, for all of the SKU.
 */
export interface StockActorApi {
  /** Creates or changes the product. The same content again changes nothing. */
  putProduct(command: {
    sku: string;
    name: string;
    priceMinor: number;
    currency: string;
    context: WorkContext;
  }): Promise<{ created: boolean; product: WireProduct }>;
  /** null when the SKU is not known. */
  getProduct(query: { sku: string }): Promise<WireProduct | null>;
  getLevels(query: { sku: string }): Promise<StockLevels | null>;
  /** Adds units. The same operation id again changes nothing and answers the levels as they are now. */
  receive(command: {
    sku: string;
    operationId: string;
    quantity: number;
  }): Promise<{ ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "quantity_too_large" }>;
  reserve(command: {
    sku: string;
    reservationId: string;
    owner: ReservationOwner;
    quantity: number;
    /** ms since the epoch; null: none. Absent from callers of the release before this one. */
    expiresAtMs?: number | null;
  }): Promise<ReserveReply>;
  /**
   * Many at once, of any SKUs of this object, in one commit: an answer for each, in their order. "dry": too little is free at this
   * one of the SKU's several objects, and others must be asked; `reserve` does so, and nobody else waits for that.
   */
  reserveMany(commands: readonly Parameters<StockActorApi["reserve"]>[0][]): Promise<readonly Joined<ReserveReply | "dry">[]>;
  /** Gives a hold back. Before its reserve: leaves a tombstone. Twice: changes nothing. Committed: `reservation_conflict`. */
  release(command: {
    sku: string;
    reservationId: string;
    owner: ReservationOwner;
    quantity: number;
  }): Promise<{ ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "reservation_conflict" }>;
  /** Turns a hold into a sale. Twice: changes nothing. Without a hold: throws, it is a defect. */
  commit(command: { sku: string; reservationId: string }): Promise<void>;
  commitMany(commands: readonly { sku: string; reservationId: string }[]): Promise<readonly Joined<null>[]>;
  /** What `reserveMany` and `commitMany` do, in one commit. A sale is answered null. */
  reserveAndCommit(commands: readonly StockWish[]): Promise<readonly Joined<ReserveReply | "dry" | null>[]>;
  /**
   * Takes sold units back into the warehouse, where they can be sold again. The same operation id again changes nothing. A hold
   * whose `commit` is still on its way is committed first: the order that asks has sold it. Without a hold, or for more than
   * was sold: throws, it is a defect.
   */
  restock(command: { sku: string; reservationId: string; operationId: string; quantity: number }): Promise<void>;
  acknowledgeEvents(command: { eventIds: readonly string[] }): Promise<void>;
  /**
   * The ledger and a page of its holds (at most `limit`, and 1,000), in the order of `<owner>/<reservation id>`. `after` is such a name,
   * there or not, so that a reader can begin anywhere. `totals` are over all holds, in one reading with the levels.
   * null when the SKU is not known.
   */
  auditStock(query: StockAuditQuery): Promise<StockAudit | null>;
  /** Spreads new orders over so many objects, 1 to 64. Fewer than before: what is free at the others comes back, now and by and by. */
  setShards(command: {
    sku: string;
    shards: number;
  }): Promise<{ readonly ok: true; readonly levels: StockLevels } | { readonly ok: false; readonly code: "unknown_sku" }>;
  /** Shard to root. Repeatable: the counters in it say what has moved. */
  borrow(command: BorrowCommand): Promise<BorrowReply>;
  /** Root to shard. Repeatable: the counters in it say what has moved. */
  settle(command: SettleCommand): Promise<ShardReading>;
  /** Root to shard: its part of an audit, at most `limit` holds after a name. */
  auditShard(query: { key: string; after: string; limit: number }): Promise<ShardAudit>;
}

export type ChargeReply =
  | { readonly ok: true; readonly reference: string }
  | { readonly ok: false; readonly code: "payment_declined"; readonly reason: "card_declined" | "insufficient_funds" }
  /** The provider does not take such an amount, or not in this currency, from any card. */
  | { readonly ok: false; readonly code: "payment_declined"; readonly reason: "amount_not_accepted" }
  | { readonly ok: false; readonly code: "unknown_payment_method" };

/** In a look-up or a void, currency "" and amount 0 say that the total was never known (an order giving up on its stock). */
export interface ChargeCommand {
  /** The provider's idempotency key, `orderId:charge:n`, n counting the cards tried: however often it is asked, it charges once. */
  readonly chargeId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paymentMethod: string;
  /** Which try of this charge it is, from 1. */
  readonly tryNumber: number;
  /** In a look-up or a void: when the charge was last sent, or may have been, ms since the epoch; null when that is not known. */
  readonly askedAtMs: number | null;
  readonly context: WorkContext;
}

export type LookUpReply =
  | ChargeReply
  /** It never arrived; charge again with the same id. */
  | { readonly ok: false; readonly code: "not_found" }
  /** It arrived, and the provider does not know the outcome itself yet. */
  | { readonly ok: false; readonly code: "processing" };

export type VoidReply =
  /** Nothing was captured under this charge id, and nothing ever will be, even if a charge of it is still under way. */
  | { readonly ok: true }
  /** Too late: the money has been taken; how much, for an order that may not know it. */
  | { readonly ok: false; readonly code: "captured"; readonly reference: string; readonly amountMinor: number; readonly currency: string };

export interface RefundCommand {
  /** The provider's idempotency key, `orderId:refund:n`. */
  readonly refundId: string;
  /** The charge that is given back, its id and the provider's reference. */
  readonly chargeId: string;
  readonly reference: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly context: WorkContext;
}

export type RefundReply =
  | { readonly ok: true; readonly reference: string }
  /** The provider will not do it, now or later. */
  | { readonly ok: false; readonly code: "refund_refused"; readonly reason: string };

/** Money at the provider, as its own ledger has it. */
export interface ProviderCapture {
  readonly orderId: string | null;
  readonly chargeId: string | null;
  readonly reference: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly createdAtMs: number;
}

/** Every Worker but the gateway says how it is. */
export interface HealthApi {
  health(): Promise<{ status: "up" | "down"; dependencies: Record<string, DependencyHealth> }>;
}

/** A part of an audit. It ends with what fits, and says where to go on. */
export interface AuditQuery {
  /** `next_cursor` of the part before; null: from the beginning. */
  readonly cursor: string | null;
  /** How long it may take, ms. */
  readonly budgetMs: number;
}

/** What an operator does about something that is stuck. */
export interface ResolveStuckCommand {
  /** The item's, as `stuck` gave it. */
  readonly id: string;
  readonly action: StuckAction;
  /** Makes it repeatable: the same one again does nothing more and answers the same. */
  readonly operationId: string;
  /** Who asked. */
  readonly principalId: string;
  readonly context: WorkContext;
  /** How long the caller waits, ms. */
  readonly waitMs: number;
}

export type ResolveStuckReply =
  | { readonly ok: true; readonly intervention: WireIntervention }
  /** No such item can be; it is not stuck, or not any more; the item has other actions. Nothing was changed. */
  | { readonly ok: false; readonly code: "not_found" | "not_stuck" }
  | { readonly ok: false; readonly code: "wrong_action"; readonly actions: readonly StuckAction[] };

export interface OrdersApi extends HealthApi {
  /**
   * Wakes the orders that should have ended by now: what the cron trigger does. Throws an OperatingError when it cannot be known
   * which they are.
   */
  sweep(): Promise<{ readonly found: number; readonly failed: number }>;
  /**
   * Compares actors, Postgres and the provider. Only what still disagrees when it is read again is told. Throws when something
   * could not be read; so does `stuck`.
   */
  audit(
    query: AuditQuery,
  ): Promise<{ readonly ok: true; readonly audit: WireAudit } | { readonly ok: false; readonly code: "invalid_cursor" }>;
  /** Money, stock and orders that will not move again by themselves, from the same readings. */
  stuck(
    query: AuditQuery,
  ): Promise<{ readonly ok: true; readonly list: WireStuckList } | { readonly ok: false; readonly code: "invalid_cursor" }>;
  /** Throws also when the outcome is not known: the same command again finds out. */
  resolveStuck(command: ResolveStuckCommand): Promise<ResolveStuckReply>;
}

/** Every method ends within 30 s, and throws when the outcome is not known. */
export interface PaymentApi extends HealthApi {
  charge(command: ChargeCommand): Promise<ChargeReply>;
  /**
   * The charges of a moment in one call, each answered in its place as `charge` would. Nobody waits for another one's card: a charge that
   * cannot be answered at once is not begun but answered with `alone`, and is to be asked for by itself. null: this provider can answer
   * none at once.
   */
  chargeTogether(commands: readonly ChargeCommand[]): Promise<readonly Joined<ChargeReply | "alone">[] | null>;
  /** What became of a charge whose answer was lost. */
  lookUp(command: ChargeCommand): Promise<LookUpReply>;
  /** Makes sure that a charge takes no money, or says that it has. */
  void(command: ChargeCommand): Promise<VoidReply>;
  refund(command: RefundCommand): Promise<RefundReply>;
  /** A page of what was captured, oldest first, for the audit; null from a provider that keeps no ledger. */
  listCaptures(query: {
    sinceMs: number;
    cursor: string | null;
  }): Promise<{ readonly captures: readonly ProviderCapture[]; readonly next: string | null } | null>;
  /**
   * Reads a webhook of the provider. It is only a hint that an order's payment should be looked at now; what it claims is
   * never taken over. `orderId` null: nothing of ours, to be answered 200.
   */
  readWebhook(webhook: {
    readonly body: string;
    readonly signature: string;
  }): Promise<{ readonly ok: true; readonly orderId: string | null } | { readonly ok: false; readonly code: "invalid_signature" }>;
}

export interface NotificationCommand {
  /** Idempotency: a second one with this id changes nothing and answers the first. */
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly message: string;
  readonly orderId: string | null;
  readonly context: WorkContext;
}

export interface NotificationsApi extends HealthApi {
  notify(command: NotificationCommand): Promise<import("./notification.ts").WireNotification>;
}

/** One counter, gauge or histogram sample set, summed by the caller since its last flush. */
export type MetricPoint =
  | { readonly type: "counter"; readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }
  | { readonly type: "gauge"; readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }
  /** `buckets[i]` counts samples at most the i-th bound of the metric's declared bounds and above the one before; the last counts the rest. */
  | {
      readonly type: "histogram";
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly buckets: readonly number[];
      readonly sum: number;
    };

/** What one isolate counted since its last flush. */
export interface MetricsFlush {
  /** The isolate, by an id it made for itself. */
  readonly source: string;
  readonly service: string;
  /** 1, 2, 3 ... in the order of sending. One that is not above the source's last recorded one is a repeat and changes nothing. */
  readonly sequence: number;
  /** At most 250: what Analytics Engine takes in one invocation. */
  readonly points: readonly MetricPoint[];
}

export interface MetricsActorApi {
  record(flush: MetricsFlush): Promise<void>;
  /** The whole state in the Prometheus text format. */
  render(): Promise<string>;
}
