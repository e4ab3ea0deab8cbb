/**
 * The first event of an order as the outbox keeps it on disk: whose it is, and at which version. All that it tells lies in the order's own
 * tables, from which it is put together again when it must be sent a second time. That is the same event as long as the order has not
 * changed, so a change of the order writes it out first (`Outbox.writeOut`). What later events tell, a part of the journal and the
 * refunds that have changed, does not follow from the order as it is: they are kept whole.
 */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { OrderState } from "../../shared/domain/order/state.ts";
import type { OutboxRow } from "../kernel/outbox.ts";
import { firstEventType, orderEvent } from "./order-messages.ts";
import type { OrderStore } from "./store.ts";

/** A kept event has `subject` where a whole one has it, and this member, which none has, at its beginning. */
const marker = '{"told_version":';

/** What is kept of an order's first event; null when it must be kept whole: refunds are told as they have changed. */
export const keptEvent = ({ orderId, refunds }: OrderState, version: number): string | null =>
  refunds.length > 0 ? null : `${marker}${version},"subject":${JSON.stringify(orderId)}}`;

interface KeptEvent {
  readonly told_version: number;
  readonly subject: string;
}

/**
 * The body of an outbox row: the event that was kept, put together as it was first sent; any other body as it is. null when the order has
 * changed and its event was not written out, as a release that knows of no kept events would change it.
 */
export function wholeBody({ id, body }: Pick<OutboxRow, "id" | "body">, orders: Pick<OrderStore, "load" | "journal">): string | null {
  if (!body.startsWith(marker)) return body;
  const { told_version: version, subject } = JSON.parse(body) as KeptEvent;
  const record = orders.load(subject);
  if (record?.version !== version) return null;
  const { state } = record;
  const journal = orders.journal(record.id);
  const type = firstEventType(state);
  return JSON.stringify(
    orderEvent({ id, type, before: null, state, order: toWireOrder(state, version), causationId: state.requestId, journal }),
  );
}
