import type { WireTimeline, WireTimelineEntry } from "../../shared/contracts/order.ts";
import { toTimestamp } from "../../shared/contracts/order-mapping.ts";
import { nextStep } from "../../shared/domain/order/next-step.ts";
import type { OrderRecord } from "./store.ts";

/** The journal, and while the order is still working, what comes next and when. */
export function timelineOf(record: OrderRecord, entries: readonly WireTimelineEntry[], nowMs: number): WireTimeline {
  const step = nextStep(record.state);
  const next = step === null ? null : { step: step.kind, attempt: record.state.attempts + 1, at: toTimestamp(record.nextAtMs ?? nowMs) };
  return { order_id: record.state.orderId, status: record.state.status, entries: [...entries], next };
}
