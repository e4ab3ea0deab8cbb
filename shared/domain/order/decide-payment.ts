/** What the payment provider's answers mean for an order. An unknown outcome is never taken for a refusal. */
import { unreachable } from "../assert.ts";
import type { OrderEvent, PaymentStep, Untimed } from "./events.ts";
import type { Failure, OrderState } from "./state.ts";

export type ChargeResult =
  | { readonly kind: "captured"; readonly reference: string }
  | { readonly kind: "declined"; readonly reason: string }
  | { readonly kind: "unknown_payment_method" }
  /** No answer in time, or one that says nothing of the money. */
  | { readonly kind: "unknown" };

/** `not_charged`: the provider has never seen the charge. */
export type LookUpResult = ChargeResult | { readonly kind: "not_charged" };

export type VoidResult =
  | { readonly kind: "voided" }
  | { readonly kind: "captured"; readonly reference: string; readonly amountMinor: number }
  | { readonly kind: "unknown" };

export type RefundResult =
  | { readonly kind: "refunded"; readonly reference: string }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown" };

const notReached: Failure = {
  code: "payment_unavailable",
  detail: "The payment provider could not be reached in time. Nothing was charged.",
};

type PaymentEvent = Untimed<Extract<OrderEvent, { type: `payment_${string}` }>>;

export const decideCharge = (state: OrderState, result: ChargeResult, nowMs: number): PaymentEvent =>
  decidePayment(state, { step: "process_payment", result, nowMs });

/** A charge that never arrived is sent again, under its own id; when the hold has ended it is voided instead. */
export function decideLookUp(state: OrderState, result: LookUpResult, nowMs: number): PaymentEvent {
  const step = "look_up_payment";
  const settled = result.kind !== "not_charged" && result.kind !== "unknown";
  if (!settled && nowMs >= state.giveUpAtMs) return { type: "payment_given_up", step, failure: notReached };
  if (result.kind === "not_charged") return { type: "payment_unknown", step, charged: false };
  return decidePayment(state, { step, result, nowMs });
}

/** Only here does a charge whose answer was lost become one that was never made. */
export function decideVoid(result: VoidResult): PaymentEvent {
  const step = "void_payment";
  switch (result.kind) {
    case "voided":
      return { type: "payment_voided" };
    case "captured":
      return { type: "payment_captured", step, reference: result.reference, amountMinor: result.amountMinor };
    case "unknown":
      return { type: "payment_unknown", step, charged: null };
    default:
      return unreachable(result);
  }
}

/** A refund whose answer was lost is simply asked for again: it has an id of its own. */
export function decideRefund(
  operationId: string,
  result: RefundResult,
): Untimed<Extract<OrderEvent, { type: "payment_refunded" | `refund_${string}` }>> {
  switch (result.kind) {
    case "refunded":
      return { type: "payment_refunded", operationId, reference: result.reference };
    case "refused":
      return { type: "refund_refused", operationId, detail: result.reason };
    case "unknown":
      return { type: "refund_unknown", operationId };
    default:
      return unreachable(result);
  }
}

interface Answer {
  readonly step: PaymentStep;
  readonly result: ChargeResult;
  readonly nowMs: number;
}

function decidePayment(state: OrderState, { step, result, nowMs }: Answer): PaymentEvent {
  switch (result.kind) {
    case "captured":
      return { type: "payment_captured", step, reference: result.reference, amountMinor: null };
    case "declined": {
      const { reason } = result;
      const failure: Failure = {
        code: "payment_declined",
        detail: `The ${reason === amountNotAccepted ? "amount" : "card"} was refused: ${reason}.`,
      };
      return refused(state, { step, failure, declined: true, reason, nowMs });
    }
    case "unknown_payment_method": {
      const failure: Failure = { code: "unknown_payment_method", detail: "The provider does not know this payment method." };
      return refused(state, { step, failure, declined: false, reason: result.kind, nowMs });
    }
    case "unknown":
      return { type: "payment_unknown", step, charged: null };
    default:
      return unreachable(result);
  }
}

interface Refusal {
  readonly step: PaymentStep;
  readonly failure: Failure;
  readonly declined: boolean;
  readonly reason: string;
  readonly nowMs: number;
}

/** The one reason that no other card can mend. */
const amountNotAccepted = "amount_not_accepted";

/** An order that was placed to wait for another card does if one can help, until its hold ends; one that is to be cancelled does not. */
function refused(state: OrderState, { step, failure, declined, reason, nowMs }: Refusal): PaymentEvent {
  const waits = state.onDecline === "wait" && reason !== amountNotAccepted && state.cancellation === null && nowMs < state.giveUpAtMs;
  return waits ? { type: "payment_awaited", step, reason } : { type: "payment_refused", step, declined, reason, failure };
}
