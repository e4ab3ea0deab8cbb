/** What the audit reads of Postgres: ids to go through, and rows to compare. Everything here throws when Postgres does. */
import { and, asc, eq, gt, lte, sql, type SQL } from "drizzle-orm";
import type { RecordReading } from "../domain/audit/readings.ts";
import type { Database } from "./client.ts";
import { products } from "./schema/catalog.ts";
import { journal } from "./schema/journal.ts";
import { notifications } from "./schema/ops.ts";
import { orderItems, orders } from "./schema/orders.ts";
import { payments, refunds as refundsTable } from "./schema/payments.ts";

/** Orders' ids after one and up to another (`to` null: to the end), in their order. */
export async function listOrderIds(
  db: Database,
  { after, to, limit }: { readonly after: string; readonly to: string | null; readonly limit: number },
): Promise<string[]> {
  const rows = await db
    .select({ id: orders.id })
    .from(orders)
    .where(and(gt(orders.id, after), to === null ? undefined : lte(orders.id, to)))
    .orderBy(asc(orders.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

export interface PlacedAt {
  readonly id: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Orders in the order of their placing, after one of them. */
export async function listOrdersByTime(
  db: Database,
  { after, limit }: { readonly after: PlacedAt; readonly limit: number },
): Promise<PlacedAt[]> {
  return db
    .select({ id: orders.id, createdAt: orders.createdAt })
    .from(orders)
    .where(sql`(${orders.createdAt}, ${orders.id}) > (${after.createdAt}, ${after.id})`)
    .orderBy(asc(orders.createdAt), asc(orders.id))
    .limit(limit);
}

/** Orders that have come or ended lately, at most `limit` of each: by the newest placings, and by what customers were told of. */
export async function listRecentOrderIds(db: Database, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    (select ${orders.id} as id from ${orders} order by ${orders.createdAt} desc, ${orders.id} desc limit ${limit})
    union
    (select newest.order_id as id from (
      select ${notifications.orderId} as order_id from ${notifications}
      order by ${notifications.sentAt} desc, ${notifications.id} desc limit ${limit}
    ) as newest join ${orders} as known on known.id = newest.order_id)`);
  return rows.map(({ id }) => id);
}

/** SKUs of the catalogue after one, in their order. */
export async function listSkus(db: Database, { after, limit }: { readonly after: string; readonly limit: number }): Promise<string[]> {
  const rows = await db.select({ sku: products.sku }).from(products).where(gt(products.sku, after)).orderBy(asc(products.sku)).limit(limit);
  return rows.map(({ sku }) => sku);
}

/** One part of the catalogue, of at most `size` SKUs; `turn` counts up and goes round. */
export async function listSkusInTurn(db: Database, { turn, size }: { readonly turn: number; readonly size: number }): Promise<string[]> {
  const parts = sql`(select greatest(1, ceil(count(*)::numeric / ${size})) from ${products})`;
  const { rows } = await db.execute<{ sku: string }>(
    sql`select sku from ${products} order by sku offset (${turn}::numeric % ${parts}) * ${size} limit ${size}`,
  );
  return rows.map(({ sku }) => sku);
}

/** The orders among the ids that Postgres has, each with its payment, its items and the confirmations sent for it. */
export async function readRecords(db: Database, ids: readonly string[]): Promise<RecordReading[]> {
  const rows = await db
    .select({
      order: orders,
      payment: payments,
      items: recordedItems,
      confirmations: confirmationsSent,
      prices: recordedPrices,
      refunds: recordedRefunds,
      journalEntries: recordedEntries,
    })
    .from(orders)
    .leftJoin(payments, eq(payments.orderId, orders.id))
    .where(sql`${orders.id} in (select json_array_elements_text(${JSON.stringify(ids)}::json))`);
  return rows.map(({ order, payment, items, confirmations, prices, refunds, journalEntries }) => ({
    orderId: order.id,
    principalId: order.principalId,
    status: order.status,
    version: order.version,
    totalMinor: order.totalMinor,
    currency: order.currency,
    payment: payment === null ? null : toPaymentReading(payment),
    items,
    confirmations,
    details: { prices, refunds, failure: order.failure?.code ?? null, journalEntries },
  }));
}

const recordedItems: SQL<RecordReading["items"]> = sql`(
  select coalesce(json_agg(json_build_object(
    'sku', item.sku, 'quantity', item.quantity, 'fulfilled', item.fulfilled_quantity, 'returned', item.returned_quantity
  ) order by item.line_no), '[]'::json)
  from ${orderItems} as item where item.order_id = ${orders.id}
)`;

const recordedPrices: SQL<RecordReading["details"]["prices"]> = sql`(
  select coalesce(json_agg(item.unit_price_minor order by item.line_no), '[]'::json)
  from ${orderItems} as item where item.order_id = ${orders.id}
)`;

const recordedRefunds: SQL<RecordReading["details"]["refunds"]> = sql`(
  select coalesce(json_agg(json_build_object('id', refund.id, 'amountMinor', refund.amount_minor, 'status', refund.status)), '[]'::json)
  from ${refundsTable} as refund where refund.order_id = ${orders.id}
)`;

const recordedEntries: SQL<number> = sql`(select count(*)::int from ${journal} as entry where entry.order_id = ${orders.id})`;

const confirmationsSent: SQL<number> = sql`(
  select count(*)::int from ${notifications} as sent where sent.order_id = ${orders.id} and sent.kind = 'order.confirmed'
)`;

const toPaymentReading = (row: typeof payments.$inferSelect): NonNullable<RecordReading["payment"]> => ({
  status: row.status,
  method: row.method,
  reference: row.reference,
  amountMinor: row.amountMinor,
  refundedMinor: row.refundedMinor,
});
