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
  if (state.status === "payment_processed") return { type: "order_confirmed" };
  if (state.status === "compensating") return compensated(state);
  if (state.status === "confirmed" && isShippedWhole(state)) return { type: "order_fulfilled" };
  return state.status === "confirmed" || state.status === "fulfilled" ? wholeRefund(state) : null;
}

/**
 * A cancelled order's money goes back by itself, once, and when all that was asked for before has been answered: what of that
 * is refused goes back with it. If the provider refuses this one too, people must look at it.
 */
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
  state.payment.status === "captured" &&
  refundableMinor(state) > 0 &&
  state.refunds.every((refund) => refund.operationId !== operationId && refund.status !== "pending");

function wholeRefund(state: OrderState): Untimed<OrderEvent> | null {
  const { status, amountMinor } = state.payment;
  return status === "captured" && amountMinor > 0 && refundedMinor(state) === amountMinor ? { type: "order_refunded" } : null;
}
