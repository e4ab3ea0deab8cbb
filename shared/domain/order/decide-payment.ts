/** What the payment provider's answers mean for an order. An unknown outcome is never taken for a refusal. */
import { unreachable } from "../assert.ts";
import type { OrderEvent, PaymentStep, Untimed } from "./events.ts";
import type { OrderState } from "./state.ts";

export type ChargeResult =
  | { readonly kind: "captured"; readonly reference: string }
  | { readonly kind: "declined"; readonly reason: string }
  | { readonly kind: "unknown_payment_method" }
  /** No answer in time, or one that says nothing of the money. */
  | { readonly kind: "unknown" };

/** `not_charged`: the provider has never seen the charge. */
export type LookUpResult = ChargeResult | { readonly kind: "not_charged" };

const notReached = {
  code: "payment_unavailable",
  detail: "The payment provider could not be reached in time. Nothing was charged.",
} as const;

type PaymentEvent = Untimed<Extract<OrderEvent, { type: `payment_${string}` }>>;

export const decideCharge = (result: ChargeResult): PaymentEvent => decidePayment("process_payment", result);

/**
 * How long after it was sent a charge may still land, ms: longer than the payment Worker waits for its provider (the port
 * bounds that to 30 s). Only after it is "no such charge" the end of the matter.
 */
export const chargeMayLandForMs = 60_000;

/** Gives up only when the provider has said that nothing was charged, and nothing that is still under way can be. */
export function decideLookUp(state: OrderState, result: LookUpResult, nowMs: number): PaymentEvent {
  const step = "look_up_payment";
  if (result.kind !== "not_charged") return decidePayment(step, result);
  // Sending the charge again is safe at any time: it has the same id.
  if (state.status !== "compensating" && nowMs < state.giveUpAtMs) return { type: "payment_unknown", step, charged: false };
  if (nowMs < (state.payment.askedAtMs ?? 0) + chargeMayLandForMs) return { type: "payment_unknown", step, charged: null };
  return { type: "payment_refused", step, declined: false, failure: state.failure ?? notReached };
}

function decidePayment(step: PaymentStep, result: ChargeResult): PaymentEvent {
  switch (result.kind) {
    case "captured":
      return { type: "payment_captured", step, reference: result.reference };
    case "declined":
      return {
        type: "payment_refused",
        step,
        declined: true,
        failure: { code: "payment_declined", detail: `The card was refused: ${result.reason}.` },
      };
    case "unknown_payment_method": {
      const failure = { code: "unknown_payment_method", detail: "The provider does not know this payment method." } as const;
      return { type: "payment_refused", step, declined: false, failure };
    }
    case "unknown":
      return { type: "payment_unknown", step, charged: null };
    default:
      return unreachable(result);
  }
}
