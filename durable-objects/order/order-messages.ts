/** What an order tells the world when a change of it becomes durable. */
import { toTimestamp, toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import type { OrderState, OrderStatus } from "../../shared/domain/order/state.ts";
import { isNotifiable, type OrderEvent, type OrderEventType } from "../../shared/events/catalogue.ts";
import type { OutboxEntry } from "../kernel/outbox.ts";

/** The destinations of an order actor's outbox, in the order of their bits. Only ever appended to. */
export const destinations = { events: "order-events", notifications: "notifications", stock: "stock" } as const;

/** An order that is tried again and again tells of it every so many journal entries, which also bounds a message's size. */
const entriesPerPendingEvent = 10;

/**
 * The type of the event that a durable change gives, or null when nothing worth telling has changed.
 *
 * @param published The status that the newest event told; null before the first.
 * @param unpublished Journal entries, this change's included, that no event has carried yet.
 */
export function eventTypeOf(published: OrderStatus | null, after: OrderState, unpublished: number): OrderEventType | null {
  if (published === null) return "holdfast.order.placed.v1";
  if (after.status === published && unpublished < entriesPerPendingEvent) return null;
  if (after.status === "confirmed") return "holdfast.order.confirmed.v1";
  return after.status === "failed" ? "holdfast.order.failed.v1" : "holdfast.order.pending.v1";
}

export interface EventParts {
  readonly id: string;
  readonly type: OrderEventType;
  readonly state: OrderState;
  readonly version: number;
  /** The event or request that caused this one. */
  readonly causationId: string;
  readonly journal: readonly WireTimelineEntry[];
}

/** The event as an outbox row: all are projected, and the customer is told of the ends. */
export function eventEntry(parts: EventParts): OutboxEntry {
  const both = [destinations.events, destinations.notifications];
  return { id: parts.id, body: JSON.stringify(orderEvent(parts)), destinations: isNotifiable(parts.type) ? both : [destinations.events] };
}

function orderEvent({ id, type, state, version, causationId, journal }: EventParts): OrderEvent {
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
      order: toWireOrder(state, version),
      principal_id: state.principalId,
      payment_method: state.payment.method,
      journal: [...journal],
    },
  };
}

/** The id of a line's hold, the same at every try. */
export const reservationIdOf = (orderId: string, lineIndex: number): string => `${orderId}:${lineIndex + 1}`;

/** Tells the stock actors that the held units are sold. */
export interface Sale {
  readonly lines: readonly { readonly sku: string; readonly reservationId: string }[];
}

export function saleEntry(state: OrderState): OutboxEntry {
  const sale: Sale = { lines: state.lines.map((line, index) => ({ sku: line.sku, reservationId: reservationIdOf(state.orderId, index) })) };
  return { id: `${state.orderId}:sold`, body: JSON.stringify(sale), destinations: [destinations.stock] };
}
