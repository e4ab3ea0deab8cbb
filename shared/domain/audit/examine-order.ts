/** One order against the stock actors and Postgres, and against itself. The provider's side is `examine-money.ts`. */
import { compareLines } from "./examine-lines.ts";
import { compareRecord } from "./examine-record.ts";
import { stuckOf } from "./find-stuck.ts";
import { nothingFound, type Disagreement, type Examination } from "./finding.ts";
import { keptMinor, type OrderReading } from "./readings.ts";
import { isAtRest, isOverdue, undeliveredAfterMs, type OrderSurroundings } from "./surroundings.ts";

/** What is wrong with an order that is at rest, or rests where it should not. One that moves is in flight: nothing is said of it. */
export function examineOrder(surroundings: OrderSurroundings, nowMs: number): Examination {
  const { orderId, order } = surroundings;
  if (order === null) return examineMissing(surroundings, nowMs);
  const common = { ...nothingFound, subject: orderId, version: order.version };
  const late = surroundings.record === undefined ? null : lateness(order, nowMs);
  if (late !== null) return { ...common, disagreements: [late], stuck: stuckOf(surroundings, nowMs) };
  if (!isAtRest(order)) return { ...common, inFlight: true };
  return { ...common, disagreements: disagreementsOf(order, surroundings), stuck: stuckOf(surroundings, nowMs) };
}

function lateness(order: OrderReading, nowMs: number): Disagreement | null {
  const { orderId, status, settled, delivered, nextAtMs, updatedAtMs } = order;
  if (isOverdue(order, nowMs)) {
    const detail = `Order ${orderId} is ${status}, and the alarm that should go on with it is overdue.`;
    const found = nextAtMs === null ? "none" : new Date(nextAtMs).toISOString();
    return { rule: "order_is_not_overdue", subject: orderId, expected: "an alarm to come", found, detail };
  }
  if (!settled || delivered || updatedAtMs >= nowMs - undeliveredAfterMs) return null;
  const detail = `Order ${orderId} is ${status}, and what it tells Postgres, the notifier or the stock actors has not arrived.`;
  return {
    rule: "order_is_delivered",
    subject: orderId,
    expected: "everything delivered",
    found: `unsaid at version ${order.version}`,
    detail,
  };
}

function disagreementsOf(order: OrderReading, { holds, skus, record }: OrderSurroundings): readonly Disagreement[] {
  const lines = compareLines(order, { holds, skus });
  return record === undefined ? lines : [...compareBooks(order), ...lines, ...compareRecord(order, record)];
}

/** The order's own books: an end without a sale keeps nothing, a sale was paid in full, a refunded one keeps nothing. */
function compareBooks({ orderId, status, totalMinor, payment }: OrderReading): readonly Disagreement[] {
  const kept = keptMinor(payment);
  if (status === "failed" || status === "cancelled" || (status === "refunded" && kept !== 0)) {
    const detail = `Order ${orderId} is ${status} and keeps ${kept} of the ${payment.capturedMinor} that were captured.`;
    return kept === 0 ? [] : [{ rule: "ended_order_keeps_no_money", subject: orderId, expected: "0", found: String(kept), detail }];
  }
  if (payment.capturedMinor === totalMinor && kept >= 0) return [];
  const detail = `Order ${orderId} is ${status} for ${totalMinor ?? "no"}, and ${payment.capturedMinor} were captured, ${payment.refundedMinor} refunded.`;
  return [
    { rule: "confirmed_order_is_paid", subject: orderId, expected: String(totalMinor), found: String(payment.capturedMinor), detail },
  ];
}

/** Its actor has never heard of it, so nobody else may either. A released hold is a tombstone and no trace of an order. */
function examineMissing(surroundings: OrderSurroundings, nowMs: number): Examination {
  const { orderId, holds, record } = surroundings;
  const disagreements: Disagreement[] = holds
    .filter((hold) => hold.state !== "released" && hold.returned < hold.quantity)
    .map(({ sku, quantity, state }) => ({
      rule: state === "held" ? "live_hold_has_open_order" : "committed_hold_has_sold_line",
      subject: orderId,
      expected: "an order",
      found: `${quantity} ${state} (${sku})`,
      detail: `${quantity} of ${sku} are ${state} for order ${orderId}, which does not exist.`,
    }));
  if (record != null) {
    const detail = `Postgres has order ${orderId} as ${record.status}, and its actor does not have it.`;
    disagreements.unshift({ rule: "record_has_order", subject: orderId, expected: "an order", found: "none", detail });
  }
  return { ...nothingFound, subject: orderId, version: null, disagreements, stuck: stuckOf(surroundings, nowMs) };
}
