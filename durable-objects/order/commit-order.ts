/** Makes an order's change durable: state, journal, outbox, answer and alarm in one transaction. */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder, WireTimelineEntry } from "../../shared/contracts/order.ts";
import type { IdempotentRequest } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { isSettled, type OrderState } from "../../shared/domain/order/state.ts";
import { newId, nameOfOrder } from "../../shared/platform/ids.ts";
import { writeWithAlarm, type AlarmScheduler } from "../kernel/alarm-scheduler.ts";
import type { Outbox, OutboxEntry } from "../kernel/outbox.ts";
import type { LiveOrder } from "./live-order.ts";
import { eventEntry, eventTypeOf, saleEntry } from "./order-messages.ts";
import type { RequestStore } from "./request-store.ts";
import type { OrderRecord, OrderStore } from "./store.ts";

/** Where an order's change is written. */
export interface OrderTables {
  readonly storage: DurableObjectStorage;
  readonly orders: OrderStore;
  readonly requests: RequestStore;
  readonly outbox: Outbox;
  readonly alarms: AlarmScheduler;
}

export interface CommitOptions {
  /** When the alarm takes the order up if nobody else does, ms since the epoch; null when it is settled. */
  readonly nextAtMs: number | null;
  /** With the first commit: the request that placed the order. */
  readonly request?: IdempotentRequest;
  /** Nothing is published; the next commit's event carries what this one did. */
  readonly untold?: boolean;
}

/** Nothing is changed, in memory either, when the transaction throws. */
export function commitOrder(live: LiveOrder, tables: OrderTables, { nextAtMs, request, untold = false }: CommitOptions): void {
  const { changed, order, entries } = nextRecord(live, nextAtMs, untold ? null : unpublishedJournal(live, tables.orders));
  const nowMs = Date.now();
  const { record, rows } = writeWithAlarm(tables, () => {
    const name = nameOfOrder(changed.state.orderId);
    const record = { ...changed, id: live.record?.id ?? begin(name, request, { tables, nowMs }) };
    tables.orders.save(record);
    tables.orders.appendJournal(record.id, live.unsaved);
    if (isSettled(record.state)) {
      tables.requests.finish(name, { status: 200, body: JSON.stringify(order) });
    }
    const written = tables.outbox.enqueue(entries, nowMs);
    return { result: { record, rows: written }, dueAtMs: Math.min(nextAtMs ?? Infinity, ...written.map((row) => row.dueAtMs)) };
  });
  live.saved(record, order);
  tables.outbox.committed(rows);
  if (rows.length > 0) tables.outbox.sendReady();
}

/** The request is the first row of its order, which takes its number. */
function begin(name: string, request: IdempotentRequest | undefined, { tables, nowMs }: { tables: OrderTables; nowMs: number }): number {
  assert(request !== undefined, "an order without the request that placed it");
  return tables.requests.begin(name, request, nowMs);
}

/** Entries that no event has carried yet: those of this change, and of earlier ones that told nobody. */
function unpublishedJournal(live: LiveOrder, orders: OrderStore): readonly WireTimelineEntry[] {
  const { record } = live;
  if (record === null || record.publishedEntries === record.state.entries) return live.unsaved;
  return [...orders.journal(record.id, record.publishedEntries), ...live.unsaved];
}

interface NextRecord {
  readonly changed: Omit<OrderRecord, "id">;
  /** The order as the world sees it. */
  readonly order: WireOrder;
  readonly entries: readonly OutboxEntry[];
}

/** @param journal What an event would tell; null when there is to be none. */
function nextRecord(live: LiveOrder, nextAtMs: number | null, journal: readonly WireTimelineEntry[] | null): NextRecord {
  const before = live.record;
  const version = (before?.version ?? 0) + 1;
  const order = toWireOrder(live.state, version);
  const event = journal === null ? null : newEvent(live, order, journal);
  const changed = {
    state: live.state,
    version,
    publishedEntries: event === null ? (before?.publishedEntries ?? 0) : live.state.entries,
    publishedStatus: event === null ? (before?.publishedStatus ?? "pending") : live.state.status,
    lastEventId: event?.id ?? before?.lastEventId ?? live.state.requestId,
    nextAtMs,
  };
  return { changed, order, entries: [...(event === null ? [] : [event]), ...saleOf(before?.state ?? null, live.state)] };
}

function newEvent(live: LiveOrder, order: WireOrder, journal: readonly WireTimelineEntry[]): OutboxEntry | null {
  const { record, state: after } = live;
  const type = eventTypeOf({
    published: record?.publishedStatus ?? "pending",
    before: record?.state ?? null,
    after,
    unpublished: journal,
  });
  if (type === null) return null;
  const causationId = record?.lastEventId ?? after.requestId;
  return eventEntry({ id: newId(), type, before: record?.state ?? null, state: after, order, causationId, journal });
}

const saleOf = (before: OrderState | null, after: OrderState): readonly OutboxEntry[] =>
  after.status === "confirmed" && before?.status !== "confirmed" ? [saleEntry(after)] : [];
