/** Events into rows: one transaction, at most six statements, however many events. */
import type { SQL } from "drizzle-orm";
import type { WireProduct } from "../contracts/product.ts";
import type { OrderEvent, ProductEvent, QueuedEvent } from "../events/catalogue.ts";
import type { Database } from "./client.ts";
import { upsertNewer, upsertWhere } from "./array-rows.ts";
import { toItemRows, toJournalChanges, toOrderRow, toPaymentRow, toRefundRows } from "./order-mapping.ts";
import { toProductRow } from "./products.ts";
import { products } from "./schema/catalog.ts";
import { journalChanges } from "./schema/journal.ts";
import { orderItems, orders } from "./schema/orders.ts";
import { payments, refunds } from "./schema/payments.ts";

/**
 * Writes what the events say. All or nothing; in any order, any number of times, the rows end as the highest version of
 * each order, refund and product says, with every journal entry that any of the events carried.
 *
 * Throws what the driver throws; `isRefusedByDatabase` tells a value that can never be written from an outage.
 */
export async function projectEvents(db: Database, events: readonly QueuedEvent[]): Promise<void> {
  const [first, ...rest] = [...orderStatements(events.filter(isOrderEvent)), ...productStatements(events.filter(isProductEvent))];
  if (first === undefined) return;
  await db.batch([db.execute(first), ...rest.map((statement) => db.execute(statement))]);
}

export const isProductEvent = (event: QueuedEvent): event is ProductEvent => event.type === "holdfast.product.changed.v1";
export const isOrderEvent = (event: QueuedEvent): event is OrderEvent => !isProductEvent(event);

/**
 * The orders come first: their rows' locks put writers of the same order one after the other. Which lines an order has is decided when it
 * is placed, and every event tells all of them, so none is ever taken away.
 */
function orderStatements(events: readonly OrderEvent[]): SQL[] {
  const newest = newestOf(events, ({ data: { order } }) => ({ key: order.id, version: order.version }));
  if (newest.length === 0) return [];
  const refundRows = newestOf(events.flatMap(toRefundRows), ({ id, version }) => ({ key: id, version }));
  const changes = longestOf(events.flatMap(toJournalChanges));
  return [
    upsertNewer({ table: orders, key: [orders.id], rows: newest.map(toOrderRow) }),
    upsertNewer({ table: orderItems, key: [orderItems.orderId, orderItems.lineNo], rows: newest.flatMap(toItemRows) }),
    upsertNewer({ table: payments, key: [payments.id], rows: newest.map(toPaymentRow) }),
    ...(refundRows.length === 0 ? [] : [upsertNewer({ table: refunds, key: [refunds.id], rows: refundRows })]),
    ...(changes.length === 0 ? [] : [upsertWhere({ table: journalChanges, key: changeKey, rows: changes }, isLonger)]),
  ];
}

const changeKey = [journalChanges.orderId, journalChanges.firstSeq];
/** An event tells the same stretch every time; should one that a person has sent again tell less, nothing is lost by it. */
const isLonger = "json_array_length(excluded.entries) > json_array_length(stored.entries)";
const longestOf = (changes: readonly JournalChange[]): JournalChange[] =>
  newestOf(changes, ({ orderId, firstSeq, entries }) => ({ key: `${orderId} ${firstSeq}`, version: entries.length }));
type JournalChange = typeof journalChanges.$inferSelect;

function productStatements(events: readonly ProductEvent[]): SQL[] {
  const newest = newestProducts(events);
  return newest.length === 0 ? [] : [upsertNewer({ table: products, key: [products.sku], rows: newest.map(toProductRow) })];
}

/** Each product that the events tell of, at its highest version among them. */
export const newestProducts = (events: readonly ProductEvent[]): WireProduct[] =>
  newestOf(events, ({ data: { product } }) => ({ key: product.sku, version: product.version })).map(({ data }) => data.product);

/** One item for each key: that with the highest version. */
function newestOf<Item>(items: readonly Item[], identify: (item: Item) => { key: string; version: number }): Item[] {
  const newest = new Map<string, Item>();
  for (const item of items) {
    const { key, version } = identify(item);
    const known = newest.get(key);
    if (known === undefined || identify(known).version < version) newest.set(key, item);
  }
  return [...newest.values()];
}
