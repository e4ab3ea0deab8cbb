/** Searching the orders that have been projected. An order's own actor may be ahead of what is found here. */
import { and, desc, eq, sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { OrderStatus, WireOrder } from "../contracts/order.ts";
import { orderIdSchema } from "../contracts/primitives.ts";
import type { Database } from "./client.ts";
import { cursorMoment, decodeCursor, invalidCursor, pageOf, type Page } from "./cursor.ts";
import { toWireOrder, wireItems } from "./order-mapping.ts";
import { isOpen, orders } from "./schema/orders.ts";
import { payments } from "./schema/payments.ts";

export interface ListOrdersQuery {
  /** Whose orders; null for everyone's. */
  readonly principalId: string | null;
  readonly status?: OrderStatus | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

const cursorSchema = z.tuple([cursorMoment, orderIdSchema]);

/** Newest first. Pages by the last order seen, so an order placed meanwhile moves nothing. Throws when Postgres does. */
export async function listOrders(db: Database, { principalId, status, limit, cursor }: ListOrdersQuery): Promise<Page<WireOrder>> {
  const after = cursor === undefined ? null : decodeCursor(cursor, cursorSchema);
  if (after === undefined) return invalidCursor;
  const rows = await db
    .select({ order: orders, payment: payments, items: wireItems })
    .from(orders)
    .innerJoin(payments, eq(payments.orderId, orders.id))
    .where(
      and(
        principalId === null ? undefined : eq(orders.principalId, principalId),
        status === undefined ? undefined : eq(orders.status, status),
        after === null ? undefined : isOlderThan(after),
      ),
    )
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(limit + 1);
  return pageOf(rows, { limit, toItem: toWireOrder, keyOf: ({ order }) => [order.createdAt, order.id] });
}

const isOlderThan = ([createdAt, id]: z.infer<typeof cursorSchema>): SQL =>
  sql`(${orders.createdAt}, ${orders.id}) < (${createdAt}, ${id})`;

export interface OverdueOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly updatedAt: string;
  readonly correlationId: string;
}

/**
 * Orders that still have something to do and have not moved for `olderThanMs` by the database's clock, at most `limit`: those
 * that have not ended, and those that owe a refund or a return. An order that waits for its customer's other card is not
 * overdue before its hold has ended. Which of them, when there are more, is left to chance: orders that cannot be helped must
 * not keep the others from their turn.
 */
export async function listOverdueOrders(
  db: Database,
  { olderThanMs, limit }: { olderThanMs: number; limit: number },
): Promise<OverdueOrder[]> {
  return db
    .select({ id: orders.id, status: orders.status, updatedAt: orders.updatedAt, correlationId: orders.correlationId })
    .from(orders)
    .innerJoin(payments, eq(payments.orderId, orders.id))
    .where(and(isOpen(orders), standsFor(olderThanMs), sql`${awaitsAnotherCard} is not true`))
    .orderBy(sql`random()`)
    .limit(limit);
}

const standsFor = (ms: number): SQL => sql`${orders.updatedAt} < now() - make_interval(secs => ${ms / 1_000})`;
const awaitsAnotherCard = sql`(
  ${orders.status} = 'pending_payment' and ${payments.status} = 'declined' and ${orders.holdExpiresAt} > now()
)`;
