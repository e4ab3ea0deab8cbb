/** Drives one order from where it is to where it can go now: settled, or waiting for its next try. */
import type { StepReport } from "../../shared/domain/order/decide.ts";
import { awaitsPayment, isSettled } from "../../shared/domain/order/state.ts";
import { mustBeWrittenBefore, nextStep, retryDelayMs } from "../../shared/domain/order/next-step.ts";
import { jittered } from "../kernel/backoff.ts";
import { limits } from "./limits.ts";
import type { LiveOrder } from "./live-order.ts";
import { performStep, type StepDeps } from "./perform-step.ts";
import { saveOrder, type SaveDeps } from "./save-order.ts";

export interface SagaDeps extends SaveDeps, StepDeps {
  /** Resolves when what other orders of this host wait for goes on, too: at once when there is no other. */
  readonly together: () => Promise<void>;
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
    if (step === null) {
      await saveRest(live, deps);
      // A wish that came while that was written found this run under way, and leaves its steps to it.
      if (nextStep(live.state) === null) return;
      continue;
    }
    // Nobody is told of the reason yet: the end follows in a moment, or the pause that tells of it.
    if (live.unsaved.length > 0 && mustBeWrittenBefore(step, live.record?.state ?? null)) {
      await saveOrder(live, deps, { nextAtMs: () => Date.now() + limits.resumeAfterMs, untold: true });
    }
    const { attempts } = live.state;
    const startedAtMs = Date.now();
    const report = await performStep(step, live.state, deps);
    await deps.together();
    // From here on until it is being saved nothing may come between: a wish that waits for the same turn would be decided, and told, with it.
    takeUp(report, live, { startedAtMs, cause });
    const delayMs = live.state.attempts > attempts ? retryDelayMs(live.state.attempts) : 0;
    if (delayMs > 0) {
      await saveOrder(live, deps, { nextAtMs: () => pausedUntilMs(live, jittered(delayMs)) });
      return;
    }
    // What went back is told refund by refund.
    if (step.kind === "refund_payment") await saveOrder(live, deps, { nextAtMs: () => nextAtMsOf(live) });
  }
}

/** What nobody has written yet, if only that nothing is due any more. */
async function saveRest(live: LiveOrder, deps: SagaDeps): Promise<void> {
  if (live.unsaved.length > 0 || live.record?.nextAtMs !== nextAtMsOf(live))
    await saveOrder(live, deps, { nextAtMs: () => nextAtMsOf(live) });
}

/** When an order is taken up again of which nobody has said otherwise: never when it is at rest. */
export function nextAtMsOf({ state }: Pick<LiveOrder, "state">): number | null {
  if (isSettled(state)) return null;
  return awaitsPayment(state) ? state.giveUpAtMs : Date.now() + limits.resumeAfterMs;
}

/** No pause goes beyond the end of the hold: then the order gives up. */
function pausedUntilMs({ state }: LiveOrder, delayMs: number): number {
  const nowMs = Date.now();
  const isHolding = state.status === "pending_inventory" || state.status === "pending_payment";
  return isHolding && nowMs < state.giveUpAtMs ? Math.min(nowMs + delayMs, state.giveUpAtMs) : nowMs + delayMs;
}

/** A clock that steps back must not make time run backwards in the journal. */
const nowOf = (live: LiveOrder): number => Math.max(Date.now(), live.state.updatedAtMs);

function takeUp(
  report: StepReport,
  live: LiveOrder,
  { startedAtMs, cause }: { readonly startedAtMs: number; readonly cause: string },
): void {
  const atMs = nowOf(live);
  live.apply({ ...report, atMs, durationMs: Math.max(0, atMs - startedAtMs), cause });
}
