/** What the payment provider's answers mean for an order. An unknown outcome is never taken for a refusal. */
import { unreachable } from "../assert.ts";
import type { EventTime, OrderEvent, PaymentStep } from "./events.ts";
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

type Untimed<Event> = Event extends unknown ? Omit<Event, keyof EventTime> : never;
type PaymentEvent = Untimed<Extract<OrderEvent, { type: `payment_${string}` }>>;

export const decideCharge = (result: ChargeResult): PaymentEvent => decidePayment("process_payment", result);

/** Gives up only when the provider has said that nothing was charged. */
export function decideLookUp(state: OrderState, result: LookUpResult, nowMs: number): PaymentEvent {
  const step = "look_up_payment";
  if (result.kind !== "not_charged") return decidePayment(step, result);
  if (state.status !== "compensating" && nowMs < state.giveUpAtMs) return { type: "payment_unknown", step, charged: false };
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
