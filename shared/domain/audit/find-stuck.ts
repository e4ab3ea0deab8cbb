/** What of an order will not move again by itself. Money that only the provider knows of is found in `examine-money.ts`. */
import type { StuckItem } from "./finding.ts";
import { keptMinor, type HoldReading, type OrderReading } from "./readings.ts";
import { stuckId } from "./stuck-id.ts";
import { isAtRest, isOverdue, type OrderSurroundings } from "./surroundings.ts";

export function stuckOf({ orderId, order, holds, record }: OrderSurroundings, nowMs: number): readonly StuckItem[] {
  const dead = holds.filter((hold) => hold.state === "held").map((hold) => deadHold(orderId, hold, order));
  if (order === null) return dead;
  if (isOverdue(order, nowMs)) return [overdueAlarm(order)];
  if (!isAtRest(order)) return [];
  return record === undefined ? dead : [...keptMoney(order), ...dead];
}

/** A hold that was sold is committed; one that nobody counts is released. */
function deadHold(orderId: string, hold: HoldReading, order: OrderReading | null): StuckItem {
  const { sku, reservationId, quantity, updatedAtMs } = hold;
  const line = order?.lines.find((candidate) => candidate.sku === sku && candidate.reservationId === reservationId);
  const sold = line?.hold === "sold";
  const why = order === null ? "an order that does not exist" : `order ${orderId}, which is ${order.status}`;
  return {
    id: stuckId({ kind: "dead_hold", orderId, sku, reservationId }),
    kind: "dead_hold",
    orderId,
    sku,
    amountMinor: null,
    currency: null,
    sinceMs: Math.max(updatedAtMs, order?.updatedAtMs ?? 0),
    detail: sold ? `${quantity} of ${sku} were sold with ${why}, and are still only held.` : `${quantity} of ${sku} are held for ${why}.`,
    actions: [sold ? "finish" : "release"],
  };
}

function overdueAlarm({ orderId, status, totalMinor, currency, nextAtMs, updatedAtMs }: OrderReading): StuckItem {
  return {
    id: stuckId({ kind: "overdue_alarm", orderId }),
    kind: "overdue_alarm",
    orderId,
    sku: null,
    amountMinor: totalMinor,
    currency,
    sinceMs: nextAtMs ?? updatedAtMs,
    detail: `Order ${orderId} is ${status}, and nothing goes on with it.`,
    actions: ["finish"],
  };
}

function keptMoney(order: OrderReading): readonly StuckItem[] {
  const { orderId, status, currency, payment, updatedAtMs } = order;
  const kept = keptMinor(payment);
  if ((status !== "failed" && status !== "cancelled") || kept <= 0) return [];
  const item: StuckItem = {
    id: stuckId({ kind: "captured_but_cancelled", orderId }),
    kind: "captured_but_cancelled",
    orderId,
    sku: null,
    amountMinor: kept,
    currency,
    sinceMs: updatedAtMs,
    detail: `Order ${orderId} is ${status} and keeps ${kept} that were captured and not given back.`,
    actions: ["void"],
  };
  return [item];
}
