/** What an order tells the world when a change of it becomes durable. */
import { toTimestamp } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder, WireTimelineEntry } from "../../shared/contracts/order.ts";
import { toWirePayment } from "../../shared/contracts/payment-mapping.ts";
import type { WirePayment } from "../../shared/contracts/payment.ts";
import { hasEnded, isSettled, type OrderState, type OrderStatus } from "../../shared/domain/order/state.ts";
import { isNotifiable, type OrderEvent, type OrderEventType } from "../../shared/events/catalogue.ts";
import { toNotice } from "../../shared/events/order-notice.ts";
import type { OutboxEntry, OutboxRow } from "../kernel/outbox.ts";
import { destinations, type Sale, type ToldValue } from "./sale.ts";

/**
 * An order that goes on and on tells of it every so many journal entries, or when they say of so many lines what became of their
 * stock. Together with the bounds on an order it keeps a message below the 128 KB of a queue.
 */
const entriesPerEvent = 10;
const stockEffectsPerEvent = 100;

/**
 * The type of the event that a durable change gives, or null when nothing worth telling has changed.
 *
 * @param published The status that the newest event told; `pending` before the first.
 * @param before The order as it is on disk; null before the first.
 * @param unpublished Journal entries, this change's included, that no event has carried yet.
 */
export function eventTypeOf({ published, before, after, unpublished }: Change): OrderEventType | null {
  if (after.status !== published) return firstEventType(after);
  if (unpublished.length === 0 || !isWorthTelling({ before, after, unpublished })) return null;
  return hasEnded(after) ? "holdfast.order.updated.v1" : "holdfast.order.pending.v1";
}

/** Before the first event nothing was told but that the order is pending, so its status says what that event is. */
export const firstEventType = ({ status }: Pick<OrderState, "status">): OrderEventType => typeOf[status] ?? "holdfast.order.pending.v1";

interface Change {
  readonly published: OrderStatus;
  readonly before: OrderState | null;
  readonly after: OrderState;
  readonly unpublished: readonly WireTimelineEntry[];
}

/** That an order which had come to rest owes something again is told at once, so that a sweep can find it; and what became of a refund. */
function isWorthTelling({ before, after, unpublished }: Omit<Change, "published">): boolean {
  if (isSettled(after) || (before !== null && isSettled(before))) return true;
  const effects = unpublished.reduce((sum, { stock }) => sum + stock.length, 0);
  return changedRefunds(before, after).size > 0 || unpublished.length >= entriesPerEvent || effects >= stockEffectsPerEvent;
}

const typeOf: Partial<Record<OrderStatus, OrderEventType>> = {
  confirmed: "holdfast.order.confirmed.v1",
  fulfilled: "holdfast.order.fulfilled.v1",
  failed: "holdfast.order.failed.v1",
  cancelled: "holdfast.order.cancelled.v1",
  refunded: "holdfast.order.refunded.v1",
};

export interface EventParts {
  readonly id: string;
  readonly type: OrderEventType;
  /** The order as it was on disk before; null before the first. */
  readonly before: OrderState | null;
  readonly state: OrderState;
  /** The order as the event tells it. */
  readonly order: WireOrder;
  /** The event or request that caused this one. */
  readonly causationId: string;
  readonly journal: readonly WireTimelineEntry[];
}

export interface EventRowOptions {
  /** What the disk keeps of it; null: all. */
  readonly kept?: string | null;
  /** Of the order that the event confirms: the row is done when the stock actors have heard of it, too. */
  readonly sale?: Sale | null;
}

/** The event as an outbox row: all are projected, and the customer is told of the ends. */
export function eventEntry(parts: EventParts, { kept = null, sale = null }: EventRowOptions = {}): OutboxEntry {
  const event = orderEvent(parts);
  const { id, type } = parts;
  const body = JSON.stringify(event);
  const value: ToldValue = { event, sale };
  const { events, notifications, stock } = destinations;
  const others = [...(isNotifiable(type) ? [notifications] : []), ...(sale === null ? [] : [stock])];
  return { id, body, kept: kept ?? body, value, destinations: [events, ...others] };
}

/** What the queue `notifications` is sent for the outbox row of an event. */
export const noticeText = ({ body, value }: OutboxRow): string =>
  JSON.stringify(toNotice((value as ToldValue | undefined)?.event ?? (JSON.parse(body) as OrderEvent)));

export function orderEvent({ id, type, before, state, order, causationId, journal }: EventParts): OrderEvent {
  return {
    specversion: "1.0",
    id,
    type,
    source: "/holdfast/orders",
    subject: state.orderId,
    time: toTimestamp(state.updatedAtMs),
    datacontenttype: "application/json",
    correlationid: state.correlationId,
    causationid: causationId,
    requestid: state.requestId,
    data: {
      order,
      principal_id: state.principalId,
      payment_method: state.payment.method,
      payment: toldPayment(before, state),
      settled: isSettled(state),
      journal: [...journal],
    },
  };
}

/** The operations of the refunds that are not as they were; each change is told with the commit that makes it. */
function changedRefunds(before: OrderState | null, after: OrderState): ReadonlySet<string> {
  const known = new Map(before?.refunds.map(({ operationId, status }) => [operationId, status]));
  return new Set(
    after.refunds.filter(({ operationId, status }) => known.get(operationId) !== status).map(({ operationId }) => operationId),
  );
}

/** The payment with the refunds that have changed: all of them could be too long for a queue. */
function toldPayment(before: OrderState | null, after: OrderState): WirePayment {
  const changed = changedRefunds(before, after);
  const payment = toWirePayment(after);
  const told = after.refunds.map(({ operationId, status }) => status === "pending" || changed.has(operationId));
  return { ...payment, refunds: payment.refunds.filter((_refund, index) => told[index]) };
}

/** The id of the charge of the order's present card, the same at every try. */
export const chargeIdOf = ({ orderId, payment }: Pick<OrderState, "orderId" | "payment">): string => `${orderId}:charge:${payment.attempt}`;
