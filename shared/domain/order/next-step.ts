import { unreachable } from "../assert.ts";
import type { OrderLine, OrderState } from "./state.ts";

/** The one external call an order needs next. Derived from the state alone, so a crash loses no intention. */
export type Step =
  | { readonly kind: "reserve_inventory"; readonly lines: readonly OrderLine[] }
  | { readonly kind: "process_payment"; readonly amountMinor: number; readonly currency: string }
  | { readonly kind: "look_up_payment"; readonly amountMinor: number; readonly currency: string }
  | { readonly kind: "release_inventory"; readonly lines: readonly OrderLine[] };

/** null when the order is settled (or between two events of one decision). */
export function nextStep(state: OrderState): Step | null {
  switch (state.status) {
    case "cart_validated":
    case "pending_inventory":
      return { kind: "reserve_inventory", lines: state.lines.filter((line) => line.hold !== "held") };
    case "inventory_reserved":
    case "pending_payment":
      return paymentStep(state);
    case "compensating":
      return state.payment.status === "unknown" ? paymentStep(state) : { kind: "release_inventory", lines: linesToRelease(state) };
    case "pending":
    case "payment_processed":
    case "confirmed":
    case "failed":
      return null;
    default:
      return unreachable(state.status);
  }
}

/** Lines that hold units, or may. */
export const linesToRelease = (state: OrderState): readonly OrderLine[] =>
  state.lines.filter((line) => line.hold === "held" || line.hold === "unknown");

function paymentStep(state: OrderState): Step {
  const kind = state.payment.status === "unknown" ? "look_up_payment" : "process_payment";
  return { kind, amountMinor: state.totalMinor ?? 0, currency: state.currency ?? "" };
}

/** Waits after the n-th try of a step, ms: none after the first, then 1 s doubling up to a minute. Jitter is the caller's. */
export function retryDelayMs(attempts: number): number {
  if (attempts <= 1) return 0;
  return Math.min(60_000, 1_000 * 2 ** Math.min(attempts - 2, 16));
}
