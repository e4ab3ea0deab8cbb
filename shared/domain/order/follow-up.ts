import { isShippedWhole, refundableMinor, refundedMinor } from "./after-sale.ts";
import type { OrderEvent, Untimed } from "./events.ts";
import { nextStep } from "./next-step.ts";
import type { OrderState } from "./state.ts";

/**
 * What is true at once when a state has been reached, without asking anybody: captured money confirms, a compensation with
 * nothing left to do ends, the last unit shipped fulfils, the last cent given back makes it refunded.
 *
 * @param idle No step is under way, so a wish to cancel can be taken up.
 */
export function followUp(state: OrderState, idle: boolean): Untimed<OrderEvent> | null {
  if (idle && state.cancellation?.begun === false) return { type: "cancellation_begun" };
  switch (state.status) {
    case "payment_processed":
      return { type: "order_confirmed" };
    case "compensating":
      return compensated(state);
    case "confirmed":
      return isShippedWhole(state) ? { type: "order_fulfilled" } : wholeRefund(state);
    case "fulfilled":
      return wholeRefund(state);
    default:
      return null;
  }
}

/** A cancelled order's money goes back by itself, once; if the provider refuses, people must look at it. */
function compensated(state: OrderState): Untimed<OrderEvent> | null {
  const { cancellation } = state;
  if (cancellation?.begun === true && owesMoney(state, cancellation.operationId)) {
    const reason = cancellation.reason ?? "The order was cancelled";
    return { type: "refund_requested", operationId: cancellation.operationId, amountMinor: refundableMinor(state), reason };
  }
  if (nextStep(state) !== null) return null;
  return { type: cancellation?.begun === true ? "order_cancelled" : "order_failed" };
}

const owesMoney = (state: OrderState, operationId: string): boolean =>
  state.payment.status === "captured" && refundableMinor(state) > 0 && !state.refunds.some((refund) => refund.operationId === operationId);

function wholeRefund(state: OrderState): Untimed<OrderEvent> | null {
  const { status, amountMinor } = state.payment;
  return status === "captured" && amountMinor > 0 && refundedMinor(state) === amountMinor ? { type: "order_refunded" } : null;
}
