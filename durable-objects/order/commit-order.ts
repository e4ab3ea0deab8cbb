/** Makes an order's change durable: state, journal, outbox and alarm in one transaction, and first what it was answered before the change. */
import { toWireOrder } from "../../shared/contracts/order-mapping.ts";
import type { WireOrder, WireTimelineEntry } from "../../shared/contracts/order.ts";
import type { IdempotentRequest } from "../../shared/contracts/rpc.ts";
import { assert } from "../../shared/domain/assert.ts";
import { newId, nameOfOrder } from "../../shared/platform/ids.ts";
import { writeWithAlarm, type AlarmScheduler, type Written } from "../kernel/alarm-scheduler.ts";
import type { EnqueuedRow, Outbox, OutboxEntry } from "../kernel/outbox.ts";
import { answerOf } from "./kept-answer.ts";
import { keptEvent } from "./kept-event.ts";
import type { LiveOrder } from "./live-order.ts";
import { eventEntry, eventTypeOf } from "./order-messages.ts";
import type { RequestStore } from "./request-store.ts";
import { isSoldNow, saleEntry, saleOf, type Sale } from "./sale.ts";
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
  /** When the alarm takes the order up if nobody else does, ms since the epoch; null when it is settled. Asked when it is written. */
  readonly nextAtMs: () => number | null;
  /** With the first commit: the request that placed the order. */
  readonly request?: IdempotentRequest;
  /** Nothing is published; the next commit's event carries what this one did. */
  readonly untold?: boolean;
}

/** What a commit has written. */
export interface Committed {
  readonly record: OrderRecord;
  readonly order: WireOrder;
  readonly rows: readonly EnqueuedRow[];
  readonly entries: readonly WireTimelineEntry[];
}

/** Nothing is changed, in memory either, when the transaction throws. */
export function commitOrder(live: LiveOrder, tables: OrderTables, options: CommitOptions): Committed {
  const committed = writeWithAlarm(tables, () => writeOrder(live, tables, options));
  takeOver(live, tables, committed);
  return committed;
}

/** Inside of a transaction. What the order is in memory is not touched: `takeOver`, after the commit. */
export function writeOrder(live: LiveOrder, tables: OrderTables, options: CommitOptions): Written<Committed> {
  const { request, untold = false } = options;
  const nextAtMs = options.nextAtMs();
  const { changed, order, entries } = nextRecord(live, nextAtMs, untold ? null : unpublishedJournal(live, tables.orders));
  const nowMs = Date.now();
  const name = nameOfOrder(changed.state.orderId);
  writeOutBefore(live, tables);
  const record = { ...changed, id: live.record?.id ?? place(name, request, { tables, nowMs }) };
  tables.orders.save(record);
  tables.orders.appendJournal(record.id, live.unsaved);
  const rows = tables.outbox.enqueue(entries, nowMs);
  const dueAtMs = Math.min(nextAtMs ?? Infinity, ...rows.map((row) => row.dueAtMs));
  return { result: { record, order, rows, entries: live.unsaved }, dueAtMs };
}

/** The commit has happened. */
export function takeOver(live: LiveOrder, { outbox }: OrderTables, { record, order, rows }: Committed): void {
  live.saved(record, order);
  outbox.committed(rows);
  if (rows.length > 0) outbox.sendReady();
}

/**
 * What an order was when it was told, and what it was when it settled and was answered, lies in its own tables until it changes: then it
 * is written out, first of all.
 */
function writeOutBefore({ record }: LiveOrder, { outbox, requests }: OrderTables): void {
  if (record === null) return;
  if (record.publishedEntries > 0) outbox.writeOut(record.lastEventId);
  const answer = answerOf(record);
  if (answer !== null) requests.finish(nameOfOrder(record.state.orderId), { status: 200, body: JSON.stringify(answer) });
}

/** The request is the first row of its order, which takes its number. */
function place(name: string, request: IdempotentRequest | undefined, { tables, nowMs }: { tables: OrderTables; nowMs: number }): number {
  assert(request !== undefined, "an order without the request that placed it");
  return tables.requests.place(name, request, nowMs);
}

/** Entries that no event has carried yet: those of this change, and of earlier ones that told nobody. */
function unpublishedJournal(live: LiveOrder, orders: OrderStore): readonly WireTimelineEntry[] {
  const { record, untold } = live;
  const earlier = untold ?? (record === null ? [] : orders.journal(record.id, record.publishedEntries));
  return [...earlier, ...live.unsaved];
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
  const sale = isSoldNow(before?.state ?? null, live.state) ? saleOf(live.state) : null;
  const event = journal === null ? null : newEvent(live, { order, journal, sale });
  const changed = {
    state: live.state,
    version,
    publishedEntries: event === null ? (before?.publishedEntries ?? 0) : live.state.entries,
    publishedStatus: event === null ? (before?.publishedStatus ?? "pending") : live.state.status,
    lastEventId: event?.id ?? before?.lastEventId ?? live.state.requestId,
    nextAtMs,
  };
  const entry = event ?? (sale === null ? null : saleEntry(sale));
  return { changed, order, entries: entry === null ? [] : [entry] };
}

interface Telling {
  readonly order: WireOrder;
  readonly journal: readonly WireTimelineEntry[];
  readonly sale: Sale | null;
}

function newEvent(live: LiveOrder, { order, journal, sale }: Telling): OutboxEntry | null {
  const { record, state: after } = live;
  const type = eventTypeOf({
    published: record?.publishedStatus ?? "pending",
    before: record?.state ?? null,
    after,
    unpublished: journal,
  });
  if (type === null) return null;
  const causationId = record?.lastEventId ?? after.requestId;
  const kept = (record?.publishedEntries ?? 0) === 0 ? keptEvent(after, order.version) : null;
  return eventEntry({ id: newId(), type, before: record?.state ?? null, state: after, order, causationId, journal }, { kept, sale });
}
