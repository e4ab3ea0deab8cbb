/**
 * What Workers and actors say to each other: plain data in, plain data out. Refusals are returned with a code;
 * operating failures (the callee cannot be reached, storage fails) are thrown by the platform or as OperatingError.
 * The classes that implement these are the Durable Objects and the WorkerEntrypoints.
 */
import type { WorkContext } from "../platform/context.ts";
import type { DependencyHealth } from "./health.ts";
import type { WireOrder, WireTimeline } from "./order.ts";
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
  readonly metadata: Readonly<Record<string, string>>;
  readonly context: WorkContext;
  /** How long the caller waits for the outcome, ms; after it the answer is `accepted` and the work goes on. */
  readonly waitMs: number;
}

export type PlaceOrderReply =
  /** The saga has ended (confirmed or failed). `order` is the order as it was at that moment, on every replay the same. */
  | { readonly kind: "settled"; readonly replayed: boolean; readonly order: WireOrder; readonly requestId: string }
  /** Still working. */
  | { readonly kind: "accepted"; readonly replayed: boolean; readonly order: WireOrder }
  /** The key was used for another request; `fields` are `method`, `path` and `body.<name>`. */
  | { readonly kind: "mismatch"; readonly fields: readonly string[] };

export type BeginRequestReply =
  /** Do the work, then call `finishRequest` (or `abandonRequest` when it may be tried again). */
  | { readonly kind: "run" }
  | { readonly kind: "replay"; readonly reply: StoredReply }
  | { readonly kind: "mismatch"; readonly fields: readonly string[] }
  | { readonly kind: "running" };

export interface OrderActorApi {
  placeOrder(command: PlaceOrderCommand): Promise<PlaceOrderReply>;
  /** null when there is no such order or it belongs to another principal. `principalId` null: an operator, sees all. */
  getOrder(query: { orderId: string; principalId: string | null }): Promise<WireOrder | null>;
  getTimeline(query: { orderId: string; principalId: string | null }): Promise<WireTimeline | null>;
  /** The idempotency record of every other POST: same key, same object, whatever the path. */
  beginRequest(command: { name: string; request: IdempotentRequest }): Promise<BeginRequestReply>;
  finishRequest(command: { name: string; reply: StoredReply }): Promise<void>;
  abandonRequest(command: { name: string }): Promise<void>;
  /** A consumer says that it has done its work for these events; only now is an outbox row done. */
  acknowledgeEvents(command: { consumer: "order-events" | "notifications"; eventIds: readonly string[] }): Promise<void>;
  /** Goes on with an order that should have ended by now; does nothing when there is nothing to do. */
  wake(command: { orderId: string }): Promise<void>;
}

export interface StockLevels {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly sold: number;
  readonly received: number;
}

/** Orders' holds live until their order decides; an operator's live until released. Neither can touch the other's. */
export type ReservationOwner = "order" | "operator";

export type ReserveReply =
  | { readonly ok: true; readonly name: string; readonly unitPriceMinor: number; readonly currency: string; readonly levels: StockLevels }
  | { readonly ok: false; readonly code: "unknown_sku" }
  | { readonly ok: false; readonly code: "out_of_stock"; readonly available: number }
  /** It was released before (or its release came first), or it exists with another quantity. */
  | { readonly ok: false; readonly code: "reservation_conflict" };

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
  reserve(command: { sku: string; reservationId: string; owner: ReservationOwner; quantity: number }): Promise<ReserveReply>;
  /** Gives a hold back. Before its reserve: leaves a tombstone. Twice: changes nothing. Committed: `reservation_conflict`. */
  release(command: {
    sku: string;
    reservationId: string;
    owner: ReservationOwner;
    quantity: number;
  }): Promise<{ ok: true; levels: StockLevels } | { ok: false; code: "unknown_sku" | "reservation_conflict" }>;
  /** Turns a hold into a sale. Twice: changes nothing. Without a hold: throws, it is a defect. */
  commit(command: { sku: string; reservationId: string }): Promise<void>;
  acknowledgeEvents(command: { eventIds: readonly string[] }): Promise<void>;
}

export type ChargeReply =
  | { readonly ok: true; readonly reference: string }
  | { readonly ok: false; readonly code: "payment_declined"; readonly reason: "card_declined" | "insufficient_funds" }
  | { readonly ok: false; readonly code: "unknown_payment_method" };

/** In a look-up, currency "" and amount 0 say that the total was never known (an order giving up on its stock). */
export interface ChargeCommand {
  /** The provider's idempotency key, `orderId:charge:1`: however often it is asked, it charges once. */
  readonly chargeId: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly context: WorkContext;
}

/** Every Worker but the gateway says how it is. */
export interface HealthApi {
  health(): Promise<{ status: "up" | "down"; dependencies: Record<string, DependencyHealth> }>;
}

export interface PaymentApi extends HealthApi {
  /** Throws when the outcome is not known. */
  charge(command: ChargeCommand): Promise<ChargeReply>;
  /** What became of a charge whose answer was lost. `not_found`: it never arrived; charge again with the same id. */
  lookUp(command: ChargeCommand): Promise<ChargeReply | { readonly ok: false; readonly code: "not_found" }>;
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
