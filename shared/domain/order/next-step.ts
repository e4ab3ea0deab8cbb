import { unreachable } from "../assert.ts";
import type { Refund, Return } from "./after-sale.ts";
import type { OrderLine, OrderState } from "./state.ts";

/** The one external call an order needs next. Derived from the state alone, so a crash loses no intention. */
export type Step =
  | { readonly kind: "reserve_inventory"; readonly lines: readonly OrderLine[] }
  | { readonly kind: "process_payment"; readonly amountMinor: number; readonly currency: string }
  | { readonly kind: "look_up_payment"; readonly amountMinor: number; readonly currency: string }
  /** Makes sure that a charge whose outcome is not known takes no money, or finds that it has. */
  | { readonly kind: "void_payment"; readonly amountMinor: number; readonly currency: string }
  /** Gives back what is held, or may be, and takes back what was sold. */
  | { readonly kind: "release_inventory"; readonly lines: readonly OrderLine[] }
  /** `number`, from 1: part of the refund's or return's id. */
  | { readonly kind: "refund_payment"; readonly refund: Refund; readonly number: number }
  | { readonly kind: "restock_inventory"; readonly entry: Return; readonly number: number };

/** null when the order is settled, waits for another card, or is between two events of one decision. */
export function nextStep(state: OrderState): Step | null {
  switch (state.status) {
    case "cart_validated":
    case "pending_inventory":
      return { kind: "reserve_inventory", lines: state.lines.filter((line) => line.hold !== "held") };
    case "inventory_reserved":
    case "pending_payment":
      // A declined card is not tried again: another one comes, or the order turns back.
      if (state.payment.status === "declined") return null;
      return paymentStep(state, state.payment.status === "unknown" ? "look_up_payment" : "process_payment");
    case "compensating":
      return compensation(state);
    case "confirmed":
    case "fulfilled":
    case "refunded":
    case "failed":
    case "cancelled":
      return afterSaleStep(state);
    case "pending":
    case "payment_processed":
      return null;
    default:
      return unreachable(state.status);
  }
}

/** First what became of the money, for it decides whether there is anything to compensate; then the stock, then the money back. */
function compensation(state: OrderState): Step | null {
  if (state.payment.status === "unknown") return paymentStep(state, "void_payment");
  const lines = linesToRelease(state);
  return lines.length > 0 ? { kind: "release_inventory", lines } : refundStep(state);
}

/** A refund and a return that both wait take turns, so that one neighbour that is down does not hold up the other. */
function afterSaleStep(state: OrderState): Step | null {
  const steps = [refundStep(state), restockStep(state)].filter((step) => step !== null);
  return steps[state.attempts % steps.length] ?? null;
}

function refundStep(state: OrderState): Step | null {
  const index = state.refunds.findIndex((refund) => refund.status === "pending");
  const refund = state.refunds[index];
  return refund === undefined ? null : { kind: "refund_payment", refund, number: index + 1 };
}

function restockStep(state: OrderState): Step | null {
  const index = state.returns.findIndex((entry) => entry.status === "pending");
  const entry = state.returns[index];
  return entry === undefined ? null : { kind: "restock_inventory", entry, number: index + 1 };
}

/** Lines that hold units, or may; and of an order that is cancelled, the sold ones. */
export const linesToRelease = (state: OrderState): readonly OrderLine[] =>
  state.lines.filter(
    (line) => line.hold === "held" || line.hold === "unknown" || (line.hold === "sold" && state.status === "compensating"),
  );

const paymentStep = (state: OrderState, kind: "process_payment" | "look_up_payment" | "void_payment"): Step => ({
  kind,
  amountMinor: state.totalMinor ?? 0,
  currency: state.currency ?? "",
});

/** Waits after the n-th try of a step that got no answer, ms: none after the first, then 1 s doubling up to a minute. Jitter is the caller's. */
export function retryDelayMs(attempts: number): number {
  if (attempts <= 1) return 0;
  return Math.min(60_000, 1_000 * 2 ** Math.min(attempts - 2, 16));
}

/**
 * Whether the order must be on disk as it is before a step is taken. Most steps may be lost and asked again; what a step undoes
 * or gives back must be known to be undone, or given back, if the run that asks dies.
 *
 * @param written The order as it is on disk; null before the first commit.
 */
export function mustBeWrittenBefore(step: Step, written: OrderState | null): boolean {
  switch (step.kind) {
    case "void_payment":
    case "release_inventory":
      return written?.status !== "compensating";
    case "refund_payment":
      return written?.refunds.every(({ operationId }) => operationId !== step.refund.operationId) ?? true;
    case "restock_inventory":
      return written?.returns.every(({ operationId }) => operationId !== step.entry.operationId) ?? true;
    case "reserve_inventory":
    case "process_payment":
    case "look_up_payment":
      return false;
    default:
      return unreachable(step);
  }
}
