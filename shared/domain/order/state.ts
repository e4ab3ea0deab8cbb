/** What an order is. Only `evolve` makes one from another. */

export type OrderStatus =
  | "pending"
  | "cart_validated"
  | "inventory_reserved"
  | "payment_processed"
  | "confirmed"
  | "pending_inventory"
  | "pending_payment"
  | "compensating"
  | "failed";

export type FailureCode =
  | "out_of_stock"
  | "unknown_sku"
  | "price_changed"
  | "currency_mismatch"
  | "total_too_large"
  | "payment_declined"
  | "unknown_payment_method"
  | "inventory_unavailable"
  | "payment_unavailable";

export interface Failure {
  readonly code: FailureCode;
  readonly detail: string;
  /** The lines at fault, in cart order; `available` null when the SKU is not known. */
  readonly lines?: readonly { readonly sku: string; readonly requested: number; readonly available: number | null }[];
}

/**
 * What the order knows of a line's stock. `unknown`: asked, and the answer was lost, so units may be held.
 * `none`: certainly nothing is held. `sold` is decided with the confirmation; the stock actor is told until it has heard.
 */
export type Hold = "none" | "unknown" | "held" | "sold" | "released";

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  readonly hold: Hold;
  /** Name and price as they were when the stock was held; null before. */
  readonly name: string | null;
  readonly unitPriceMinor: number | null;
  readonly currency: string | null;
}

/** `unknown`: the charge was asked for, and the answer was lost, so the money may have been taken. */
export type PaymentStatus = "none" | "unknown" | "captured" | "declined";

export interface Payment {
  readonly method: string;
  readonly status: PaymentStatus;
  readonly amountMinor: number;
  readonly reference: string | null;
  /** The last moment at which a charge may have been sent whose answer is not known; null when there is none. */
  readonly askedAtMs: number | null;
}

export interface OrderState {
  readonly orderId: string;
  readonly principalId: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  readonly totalMinor: number | null;
  readonly currency: string | null;
  readonly expectedTotalMinor: number | null;
  readonly payment: Payment;
  readonly failure: Failure | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** From here on the order no longer waits for a step that cannot be reached; it gives up as soon as that is safe. */
  readonly giveUpAtMs: number;
  /** Tries of the step it is at, 0 before the first; journal entries so far. */
  readonly attempts: number;
  readonly entries: number;
}

/** Nothing more will happen by itself. */
export const isSettled = (state: OrderState): boolean => state.status === "confirmed" || state.status === "failed";

/**
 * A saga taken up from disk by a run that is not the one which wrote it. That run may have asked for what it never wrote down, so
 * every line it may have asked for counts as asked: it is released, or leaves its tombstone, when the order fails.
 */
export function takenUpAgain(state: OrderState): OrderState {
  if (state.status !== "cart_validated" && state.status !== "pending_inventory") return state;
  return { ...state, lines: state.lines.map((line) => (line.hold === "none" ? { ...line, hold: "unknown" } : line)) };
}
