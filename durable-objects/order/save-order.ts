/** A commit, and what is counted and logged of it. */
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { retryDelayMs } from "../../shared/domain/order/next-step.ts";
import { hasEnded, type OrderState, type OrderStatus } from "../../shared/domain/order/state.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { JoinedWrites } from "../kernel/joined-writes.ts";
import { commitOrder, takeOver, writeOrder, type CommitOptions, type Committed, type OrderTables } from "./commit-order.ts";
import type { LiveOrder } from "./live-order.ts";

export interface SaveDeps {
  readonly tables: OrderTables;
  /** Over the same tables. */
  readonly writes: JoinedWrites;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Commits what is unsaved, with what other orders commit in the same moment. Nothing is counted when that throws. */
export async function saveOrder(live: LiveOrder, deps: SaveDeps, options: CommitOptions): Promise<void> {
  const { tables, writes } = deps;
  const saved = writes.write(
    () => writeOrder(live, tables, options),
    (committed) => {
      const toldBefore = live.record?.publishedStatus;
      takeOver(live, tables, committed);
      recordCommit(committed, { toldBefore, isHeard: live.isHeard }, deps);
    },
  );
  await live.saveUntil(saved);
}

/** The same by itself, before anything else can happen. */
export function saveOrderNow(live: LiveOrder, deps: SaveDeps, options: CommitOptions): void {
  const toldBefore = live.record?.publishedStatus;
  recordCommit(commitOrder(live, deps.tables, options), { toldBefore, isHeard: live.isHeard }, deps);
}

interface Audience {
  /** The status that was published last, before this commit. */
  readonly toldBefore: OrderStatus | undefined;
  readonly isHeard: boolean;
}

function recordCommit({ entries, record }: Committed, { toldBefore, isHeard }: Audience, { metrics, logger }: SaveDeps): void {
  recordSteps(entries, metrics);
  if (record.publishedStatus === toldBefore) return;
  countOutcome(record.state, toldBefore, metrics);
  // Who waits is answered with it, and the gateway says so in the line of that request.
  if (!isHeard) logOutcome(record.state, logger);
}

function recordSteps(entries: readonly WireTimelineEntry[], metrics: Metrics): void {
  for (const { step, outcome, duration_ms } of entries) {
    metrics.count("holdfast_saga_steps_total", { step, outcome });
    metrics.observe("holdfast_saga_step_duration_seconds", { step }, duration_ms / 1_000);
    if (step === "refund_payment" && outcome !== "unknown")
      metrics.count("holdfast_refunds_total", { outcome: outcome === "ok" ? "succeeded" : outcome });
    if (step === "cancel") metrics.count("holdfast_cancellations_total", { outcome });
  }
}

/** Outcomes of the saga, and which orders are held up on their way there. What comes after a sale is counted by its steps. */
function countOutcome(state: OrderState, toldBefore: OrderStatus | undefined, metrics: Metrics): void {
  const { status } = state;
  const isOutcome = status === "confirmed" || status === "failed";
  if (isOutcome || status === "cancelled") metrics.count("holdfast_orders_total", { outcome: status });
  else if (isHeldUp(state, toldBefore)) metrics.count("holdfast_orders_total", { outcome: "pending" });
  if (isOutcome) metrics.observe("holdfast_order_duration_seconds", {}, durationMsOf(state) / 1_000);
}

/**
 * A step keeps failing, and it is the first time that it is told of the order. One that waits for another card is held up by nothing: its
 * step was answered.
 */
const isHeldUp = (state: OrderState, toldBefore: OrderStatus | undefined): boolean =>
  !hasEnded(state) && retryDelayMs(state.attempts) > 0 && (toldBefore === undefined || !toldWhenHeldUp.has(toldBefore));

/** What an order is told as that was held up before; also one that waited for another card, until that comes. */
const toldWhenHeldUp: ReadonlySet<OrderStatus> = new Set<OrderStatus>(["pending_inventory", "pending_payment", "compensating"]);

/** The same names as in the gateway's line of a request (`access-log.ts`), so that one query finds both. */
function logOutcome(state: OrderState, logger: Logger): void {
  const { orderId, status, failure } = state;
  logger.info(`order ${status}`, { order_id: orderId, order_status: status, failure: failure?.code, duration_ms: durationMsOf(state) });
}

const durationMsOf = ({ createdAtMs, updatedAtMs }: OrderState): number => updatedAtMs - createdAtMs;
