import type { WireTimeline, WireTimelineEntry } from "../../shared/contracts/order.ts";
import { toTimestamp } from "../../shared/contracts/order-mapping.ts";
import { nextStep } from "../../shared/domain/order/next-step.ts";
import { awaitsPayment } from "../../shared/domain/order/state.ts";
import type { OrderRecord } from "./store.ts";

/** The journal, and while the order is still working, what comes next and when. */
export function timelineOf(record: OrderRecord, entries: readonly WireTimelineEntry[], nowMs: number): WireTimeline {
  const { orderId, status } = record.state;
  return { order_id: orderId, status, entries: [...entries], next: nextOf(record, nowMs) };
}

function nextOf({ state, nextAtMs }: OrderRecord, nowMs: number): WireTimeline["next"] {
  if (awaitsPayment(state)) return { step: "expire_hold", attempt: 1, at: toTimestamp(state.giveUpAtMs) };
  const step = nextStep(state);
  return step === null ? null : { step: step.kind, attempt: state.attempts + 1, at: toTimestamp(nextAtMs ?? nowMs) };
}
