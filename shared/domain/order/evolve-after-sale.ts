/** What cancelling, refunding, shipping and taking back do to an order. The other half of `evolve`. */
import { unreachable } from "../assert.ts";
import type { LineQuantity, Refund } from "./after-sale.ts";
import type { AfterSaleEvent, OrderEvent } from "./events.ts";
import { maybeHeld, type OrderLine, type OrderState } from "./state.ts";

const types: Readonly<Record<AfterSaleEvent["type"], true>> = {
  cancel_requested: true,
  cancellation_begun: true,
  order_cancelled: true,
  refund_requested: true,
  payment_refunded: true,
  refund_refused: true,
  refund_unknown: true,
  order_refunded: true,
  stray_capture_found: true,
  items_fulfilled: true,
  order_fulfilled: true,
  return_requested: true,
  return_restocked: true,
  return_unknown: true,
};

export const isAfterSaleEvent = (event: OrderEvent): event is Extract<OrderEvent, AfterSaleEvent> => Object.hasOwn(types, event.type);

export function evolveAfterSale(state: OrderState, event: Extract<OrderEvent, AfterSaleEvent>): OrderState {
  switch (event.type) {
    case "cancel_requested": {
      const { operationId, reason, atMs } = event;
      return { ...state, cancellation: { operationId, reason, requestedAtMs: atMs, begun: false } };
    }
    case "cancellation_begun":
      return cancelling(state);
    case "order_cancelled":
      return { ...state, status: "cancelled", attempts: 0 };
    case "refund_requested": {
      const { operationId, amountMinor, reason, atMs } = event;
      const refund: Refund = { operationId, amountMinor, reason, status: "pending", reference: null, detail: null, atMs };
      return { ...state, attempts: 0, refunds: [...state.refunds, refund] };
    }
    case "payment_refunded":
      return withRefund(state, event.operationId, { status: "succeeded", reference: event.reference });
    case "refund_refused":
      return withRefund(state, event.operationId, { status: "refused", detail: event.detail });
    case "refund_unknown":
    case "return_unknown":
      return { ...state, attempts: state.attempts + 1 };
    case "order_refunded":
      return { ...state, status: "refunded" };
    case "stray_capture_found": {
      const { reference, amountMinor } = event;
      return { ...state, payment: { ...state.payment, status: "captured", reference, amountMinor } };
    }
    case "items_fulfilled": {
      const { operationId, lines, atMs } = event;
      const fulfilments = [...state.fulfilments, { operationId, lines, atMs }];
      return { ...state, fulfilments, lines: withUnits(state.lines, lines, "fulfilled") };
    }
    case "order_fulfilled":
      return { ...state, status: "fulfilled" };
    case "return_requested": {
      const { operationId, lines, reason, atMs } = event;
      const returns = [...state.returns, { operationId, lines, reason, status: "pending" as const, atMs }];
      return { ...state, attempts: 0, returns, lines: withUnits(state.lines, lines, "returned") };
    }
    case "return_restocked": {
      const restocked = (entry: OrderState["returns"][number]) =>
        entry.operationId === event.operationId ? { ...entry, status: "restocked" as const } : entry;
      return { ...state, attempts: 0, returns: state.returns.map(restocked) };
    }
    default:
      return unreachable(event);
  }
}

/**
 * The saga turns back. What it may have asked for and not heard of is taken for done until the opposite is known: a line
 * that was not asked for leaves a tombstone, a charge that was not sent is voided.
 */
function cancelling(state: OrderState): OrderState {
  const { payment, cancellation } = state;
  const status = payment.status === "none" ? ("unknown" as const) : payment.status;
  return {
    ...state,
    status: "compensating",
    attempts: 0,
    lines: maybeHeld(state.lines),
    payment: { ...payment, status },
    failure: null,
    cancellation: cancellation === null ? null : { ...cancellation, begun: true },
  };
}

function withRefund(state: OrderState, operationId: string, change: Partial<Refund>): OrderState {
  const changed = (refund: Refund): Refund => (refund.operationId === operationId ? { ...refund, ...change } : refund);
  return { ...state, attempts: 0, refunds: state.refunds.map(changed) };
}

function withUnits(lines: readonly OrderLine[], moved: readonly LineQuantity[], units: "fulfilled" | "returned"): readonly OrderLine[] {
  const bySku = new Map(moved.map((line) => [line.sku, line.quantity]));
  return lines.map((line) => ({ ...line, [units]: line[units] + (bySku.get(line.sku) ?? 0) }));
}
