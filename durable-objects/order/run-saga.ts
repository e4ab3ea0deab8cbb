/** Drives one order from where it is to where it can go now: settled, or waiting for its next try. */
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { isSettled, type OrderState } from "../../shared/domain/order/state.ts";
import { nextStep, retryDelayMs, type Step } from "../../shared/domain/order/next-step.ts";
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
 * Runs step after step. Between accepting and settling nothing is written, because every step answers the same when it
 * is asked again; a compensation is written before its first release, so that its reason is never lost.
 *
 * @param cause What made the saga run: `request <id>`, `alarm` or `wake`.
 */
export async function runSaga(live: LiveOrder, deps: SagaDeps, cause: string): Promise<void> {
  for (;;) {
    const step = nextStep(live.state);
    if (step === null) break;
    // Nobody is told of the reason yet: the end follows in a moment, or the pause that tells of it.
    if (step.kind === "release_inventory" && live.unsaved.length > 0) {
      save(live, deps, { nextAtMs: Date.now() + limits.resumeAfterMs, untold: true });
    }
    await runStep(step, live, deps, cause);
    const delayMs = retryDelayMs(live.state.attempts);
    if (delayMs > 0) {
      save(live, deps, { nextAtMs: Date.now() + jittered(delayMs) });
      return;
    }
  }
  if (live.unsaved.length > 0) save(live, deps, { nextAtMs: null });
}

async function runStep(step: Step, live: LiveOrder, deps: SagaDeps, cause: string): Promise<void> {
  const startedAtMs = Date.now();
  const report = await performStep(step, live.state, deps.ports, deps.logger);
  // A clock that steps back must not make time run backwards in the journal.
  const atMs = Math.max(Date.now(), live.state.updatedAtMs);
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
  }
}

function recordOutcome(state: OrderState, { metrics, logger }: SagaDeps): void {
  metrics.count("holdfast_orders_total", { outcome: isSettled(state) ? state.status : "pending" });
  const durationMs = state.updatedAtMs - state.createdAtMs;
  if (isSettled(state)) metrics.observe("holdfast_order_duration_seconds", {}, durationMs / 1_000);
  logger.info(`order ${state.status}`, { order_id: state.orderId, failure: state.failure?.code ?? null, duration_ms: durationMs });
}
