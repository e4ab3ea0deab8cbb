/** Drives one order from where it is to where it can go now: settled, or waiting for its next try. */
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { awaitsPayment, hasEnded, type OrderState } from "../../shared/domain/order/state.ts";
import { mustBeWrittenBefore, nextStep, retryDelayMs, type Step } from "../../shared/domain/order/next-step.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import { jittered } from "../kernel/backoff.ts";
import { commitOrder, type CommitOptions, type OrderTables } from "./commit-order.ts";
import { limits } from "./limits.ts";
import type { LiveOrder } from "./live-order.ts";
import { performStep, type StepPorts } from "./perform-step.ts";

export interface SagaDeps {
  readonly tables: OrderTables;
  readonly ports: StepPorts;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Runs step after step. Between accepting and settling nothing is written, because every step answers the same when it is
 * asked again; what turns back or goes beyond the sale is written before its first step, so that it is never forgotten.
 *
 * @param cause What made the saga run: `request <id>`, `alarm` or `wake`.
 */
export async function runSaga(live: LiveOrder, deps: SagaDeps, cause: string): Promise<void> {
  for (;;) {
    // No step is under way here: a wish to cancel that came in the meantime is taken up, and a hold that has ended, ends.
    live.apply({ type: "proceed", atMs: nowOf(live), durationMs: 0, cause });
    const step = nextStep(live.state);
    if (step === null) break;
    // Nobody is told of the reason yet: the end follows in a moment, or the pause that tells of it.
    if (live.unsaved.length > 0 && mustBeWrittenBefore(step, live.record?.state ?? null)) {
      save(live, deps, { nextAtMs: Date.now() + limits.resumeAfterMs, untold: true });
    }
    const { attempts } = live.state;
    await runStep(step, live, deps, cause);
    const delayMs = live.state.attempts > attempts ? retryDelayMs(live.state.attempts) : 0;
    if (delayMs > 0) {
      save(live, deps, { nextAtMs: Date.now() + jittered(delayMs) });
      return;
    }
  }
  const nextAtMs = awaitsPayment(live.state) ? live.state.giveUpAtMs : null;
  if (live.unsaved.length > 0 || live.record?.nextAtMs !== nextAtMs) save(live, deps, { nextAtMs });
}

/** A clock that steps back must not make time run backwards in the journal. */
const nowOf = (live: LiveOrder): number => Math.max(Date.now(), live.state.updatedAtMs);

async function runStep(step: Step, live: LiveOrder, deps: SagaDeps, cause: string): Promise<void> {
  const startedAtMs = Date.now();
  const report = await performStep(step, live.state, deps.ports, deps.logger);
  const atMs = nowOf(live);
  live.apply({ ...report, atMs, durationMs: Math.max(0, atMs - startedAtMs), cause });
}

function save(live: LiveOrder, deps: SagaDeps, options: CommitOptions): void {
  const entries = live.unsaved;
  const toldBefore = live.record?.publishedStatus;
  commitOrder(live, deps.tables, options);
  recordSteps(entries, deps.metrics);
  if (live.record?.publishedStatus !== toldBefore) recordOutcome(live.state, deps);
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

/** Outcomes of the saga. What comes after a sale is counted by its steps. */
function recordOutcome(state: OrderState, { metrics, logger }: SagaDeps): void {
  const durationMs = state.updatedAtMs - state.createdAtMs;
  const isOutcome = state.status === "confirmed" || state.status === "failed";
  if (!hasEnded(state) || isOutcome || state.status === "cancelled")
    metrics.count("holdfast_orders_total", { outcome: hasEnded(state) ? state.status : "pending" });
  if (isOutcome) metrics.observe("holdfast_order_duration_seconds", {}, durationMs / 1_000);
  logger.info(`order ${state.status}`, { order_id: state.orderId, failure: state.failure?.code ?? null, duration_ms: durationMs });
}
