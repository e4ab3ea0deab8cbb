/** The projector of the release before migration 0009, as it was: it goes on writing while that runs, and until its Workers are replaced. */
import { sql, type SQL } from "drizzle-orm";
import type { OrderEvent } from "../../events/catalogue.ts";
import { insertNew, upsertNewer } from "../array-rows.ts";
import type { Database } from "../client.ts";
import { toItemRows, toOrderRow, toPaymentRow, toRefundRows } from "../order-mapping.ts";
import { entryColumns } from "../schema/journal.ts";
import { orderItems, orders, schema } from "../schema/orders.ts";
import { payments, refunds } from "../schema/payments.ts";

const journal = schema.table("journal", entryColumns);

/** @param events At least one, of different orders, each with entries and with refunds. */
export async function projectBefore0009(db: Database, events: readonly OrderEvent[]): Promise<void> {
  const [first, ...rest] = statements(events);
  await db.batch([db.execute(first), ...rest.map((statement) => db.execute(statement))]);
}

const statements = (events: readonly OrderEvent[]): readonly [SQL, ...SQL[]] => [
  upsertNewer({ table: orders, key: [orders.id], rows: events.map(toOrderRow) }),
  upsertNewer({ table: orderItems, key: [orderItems.orderId, orderItems.lineNo], rows: events.flatMap(toItemRows) }),
  deleteStaleItems(events),
  upsertNewer({ table: payments, key: [payments.id], rows: events.map(toPaymentRow) }),
  upsertNewer({ table: refunds, key: [refunds.id], rows: events.flatMap(toRefundRows) }),
  insertNew({ table: journal, key: [journal.orderId, journal.seq], rows: events.flatMap(toJournalRows) }),
];

function deleteStaleItems(events: readonly OrderEvent[]): SQL {
  const ids = JSON.stringify(events.map(({ data }) => data.order.id));
  return sql`delete from ${orderItems} as item using ${orders} as the_order
    where the_order.id in (select json_array_elements_text(${ids}::json))
      and item.order_id = the_order.id and item.version < the_order.version`;
}

const toJournalRows = ({ data }: OrderEvent): (typeof journal.$inferSelect)[] =>
  data.journal.map((entry) => ({
    orderId: data.order.id,
    seq: entry.seq,
    step: entry.step,
    attempt: entry.attempt,
    at: entry.at,
    durationMs: entry.duration_ms,
    outcome: entry.outcome,
    status: entry.status,
    cause: entry.cause,
    detail: entry.detail,
    stock: entry.stock,
    money: entry.money,
  }));
