/**
 * The last net under the actors' own alarms: an order that has not ended and has not moved for a minute is woken. The
 * projection may be behind its actor, so an order may be woken for nothing; then waking does nothing.
 */
import { orderActor } from "../../durable-objects/order/client.ts";
import type { Database } from "../../shared/db/client.ts";
import { listOverdueOrders, type OverdueOrder } from "../../shared/db/orders.ts";
import { describeError, OperatingError } from "../../shared/errors/operating-error.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { forEachBounded } from "../../shared/platform/for-each-bounded.ts";
import { nameOfOrder } from "../../shared/platform/ids.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { Placement } from "../../shared/platform/placement.ts";

const CONCURRENT_CALLS = 8;
const DEADLINE_MS = 5_000;

export interface SweepDependencies {
  readonly db: Database;
  readonly orderActors: DurableObjectNamespace;
  readonly placement: Placement;
  /** How long an order may stand still, ms. Default 60,000. */
  readonly olderThanMs?: number;
  /** The most orders that one sweep wakes. Default 200. */
  readonly limit?: number;
}

export interface SweepResult {
  readonly found: number;
  readonly failed: number;
}

/**
 * Wakes overdue orders. One that cannot be woken is counted and logged, and the next sweep comes in a minute.
 *
 * @throws OperatingError, retryable, when Postgres cannot say which orders are overdue. It has been logged.
 */
export async function sweepOverdue(dependencies: SweepDependencies): Promise<SweepResult> {
  const startedMs = Date.now();
  const result = await wakeAll(await readOverdue(dependencies, startedMs), dependencies);
  createLogger("orders").info("Swept the overdue orders", { ...result, duration_ms: Date.now() - startedMs });
  return result;
}

async function readOverdue(
  { db, olderThanMs = 60_000, limit = 200 }: SweepDependencies,
  startedMs: number,
): Promise<readonly OverdueOrder[]> {
  try {
    return await listOverdueOrders(db, { olderThanMs, limit });
  } catch (cause) {
    const message = "The overdue orders could not be read";
    createLogger("orders").error(message, { cause: describeError(cause), duration_ms: Date.now() - startedMs });
    throw new OperatingError(message, { retryable: true, cause });
  }
}

async function wakeAll(overdue: readonly OverdueOrder[], { orderActors, placement }: SweepDependencies): Promise<SweepResult> {
  const results = await forEachBounded(overdue, { concurrency: CONCURRENT_CALLS }, async ({ id }) => {
    await withDeadline(orderActor(orderActors, nameOfOrder(id), placement).wake({ orderId: id }), DEADLINE_MS, "The order actor");
  });
  results.forEach((result, index) => {
    if (result.status === "rejected") logFailedWake(overdue[index], result.reason);
  });
  return { found: overdue.length, failed: results.filter(({ status }) => status === "rejected").length };
}

function logFailedWake(order: OverdueOrder | undefined, reason: unknown): void {
  createLogger("orders").warn("An overdue order could not be woken", {
    order_id: order?.id,
    status: order?.status,
    correlation_id: order?.correlationId,
    cause: describeError(reason),
  });
}
