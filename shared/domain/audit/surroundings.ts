/** One order among its neighbours, and when something can be said of it. */
import type { HoldReading, OrderReading, RecordReading } from "./readings.ts";

/** An order and what should agree with it, all of it read after the order was. */
export interface OrderSurroundings {
  readonly orderId: string;
  /** null: its actor does not have it. */
  readonly order: OrderReading | null;
  /** Its holds at the SKUs that were read. */
  readonly holds: readonly HoldReading[];
  /** The SKUs that were read: lines of others are not looked at. null: all. */
  readonly skus: ReadonlySet<string> | null;
  /** null: Postgres does not have it. undefined: only the order's lines are looked at; the rest of it was, elsewhere. */
  readonly record: RecordReading | null | undefined;
}

/** How long past its time an order's alarm may be, ms. */
export const overdueAfterMs = 120_000;
/** How long what an order tells may be on its way, ms. The outbox tries again every 10 minutes, or as fast as its consumers confirm when they are behind. */
export const undeliveredAfterMs = 900_000;

/** Nothing is under way in it or on its way out of it. */
export const isAtRest = ({ settled, delivered }: Pick<OrderReading, "settled" | "delivered">): boolean => settled && delivered;

/** An order that is not settled must have a time at which it goes on, and that must not be long past. */
export const isOverdue = ({ settled, nextAtMs }: Pick<OrderReading, "settled" | "nextAtMs">, nowMs: number): boolean =>
  !settled && (nextAtMs === null || nextAtMs < nowMs - overdueAfterMs);
