/** What an order is. Only `evolve` makes one from another. */
import type { AfterSale, Cancellation } from "./after-sale.ts";

export type OrderStatus =
  | "pending"
  | "cart_validated"
  | "inventory_reserved"
  | "payment_processed"
  | "confirmed"
  | "fulfilled"
  | "pending_inventory"
  | "pending_payment"
  | "compensating"
  | "failed"
  | "cancelled"
  | "refunded";

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
 * `restocked`: sold, and taken back when the order was cancelled.
 */
export type Hold = "none" | "unknown" | "held" | "sold" | "released" | "restocked";

/** Sold, and possibly taken back since. */
export const isSold = ({ hold }: { readonly hold: Hold }): boolean => hold === "sold" || hold === "restocked";

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  /** Which object of the SKU keeps its hold, from its acceptance to its end; 0 unless the SKU is split. */
  readonly shard: number;
  readonly hold: Hold;
  /** Name and price as they were when the stock was held; null before. */
  readonly name: string | null;
  readonly unitPriceMinor: number | null;
  readonly currency: string | null;
  /** Units shipped, and units shipped that came back or are on their way back to the shelf. */
  readonly fulfilled: number;
  readonly returned: number;
}

/**
 * `unknown`: the charge was asked for, and the answer was lost, so the money may have been taken. `voided`: it was not, and
 * never will be under this charge's id.
 */
export type PaymentStatus = "none" | "unknown" | "captured" | "declined" | "voided";

export interface Payment {
  readonly method: string;
  readonly status: PaymentStatus;
  /** Which card this is, from 1; part of the charge's id. */
  readonly attempt: number;
  /** The requests that brought the cards after the order's first, in order: the same one again brings no other. */
  readonly operations: readonly string[];
  /** What was captured. */
  readonly amountMinor: number;
  readonly reference: string | null;
  readonly declineReason: string | null;
  /** The last moment at which a charge may have been sent whose answer is not known; null when there is none. */
  readonly askedAtMs: number | null;
}

export interface OrderState extends AfterSale {
  readonly orderId: string;
  readonly principalId: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  readonly totalMinor: number | null;
  readonly currency: string | null;
  readonly expectedTotalMinor: number | null;
  /** Whether a declined card ends the order, or leaves it waiting for another one. */
  readonly onDecline: "fail" | "wait";
  readonly payment: Payment;
  readonly failure: Failure | null;
  readonly cancellation: Cancellation | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly correlationId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The end of the hold: from here on the order waits for nothing more; it gives up as soon as that is safe. */
  readonly giveUpAtMs: number;
  /** Tries of the step it is at that got no answer; journal entries so far. */
  readonly attempts: number;
  readonly entries: number;
}

/** Where an order's saga ends. What comes after the sale (refunds, returns) may still be under way. */
const ends: ReadonlySet<OrderStatus> = new Set<OrderStatus>(["confirmed", "fulfilled", "failed", "cancelled", "refunded"]);

export const hasEnded = (state: OrderState): boolean => ends.has(state.status);

/** Nothing more will happen by itself. */
export const isSettled = (state: OrderState): boolean =>
  hasEnded(state) &&
  (state.cancellation === null || state.cancellation.begun) &&
  state.refunds.every((refund) => refund.status !== "pending") &&
  state.returns.every((entry) => entry.status !== "pending");

/** The last card was refused and the stock is still held: nothing happens until another card comes, or the hold ends. */
export const awaitsPayment = (state: OrderState): boolean =>
  state.status === "pending_payment" && state.payment.status === "declined" && state.cancellation === null;

/**
 * A saga taken up from disk by a run that is not the one which wrote it. That run may have asked for what it never wrote down, so
 * every line it may have asked for counts as asked: it is released, or leaves its tombstone, when the order fails.
 */
export function takenUpAgain(state: OrderState): OrderState {
  if (state.status !== "cart_validated" && state.status !== "pending_inventory") return state;
  return { ...state, lines: maybeHeld(state.lines) };
}

/** Lines of which nothing is known for certain any more. */
export const maybeHeld = (lines: readonly OrderLine[]): readonly OrderLine[] =>
  lines.map((line) => (line.hold === "none" ? { ...line, hold: "unknown" } : line));

/** What orders written by earlier versions lack. */
const defaults = { onDecline: "fail", cancellation: null, refunds: [], fulfilments: [], returns: [] } as const;
const paymentDefaults = { attempt: 1, operations: [], declineReason: null } as const;

/** An order as it was stored, brought to the present shape. */
export function reviveOrder(stored: OrderState): OrderState {
  const lines = stored.lines.map((line) => ({ ...{ shard: 0, fulfilled: 0, returned: 0 }, ...line }));
  return { ...defaults, ...stored, lines, payment: { ...paymentDefaults, ...stored.payment } };
}
