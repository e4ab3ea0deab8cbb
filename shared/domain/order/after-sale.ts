/** What can be asked of an order after it was placed: the books of its cancellation, refunds, shipments and returns. */
import type { OrderState } from "./state.ts";

export interface LineQuantity {
  readonly sku: string;
  readonly quantity: number;
}

export interface Cancellation {
  readonly operationId: string;
  readonly reason: string | null;
  readonly requestedAtMs: number;
  /** Whether the saga has turned back. Before, a step that was under way when the wish came is still being waited for. */
  readonly begun: boolean;
}

/** `pending`: asked for until the provider has answered. `refused`: it never will give this back. */
export interface Refund {
  /** The request that asked for it: the same one again changes nothing. */
  readonly operationId: string;
  readonly amountMinor: number;
  readonly reason: string;
  readonly status: "pending" | "succeeded" | "refused";
  readonly reference: string | null;
  /** What the provider said when it refused. */
  readonly detail: string | null;
  readonly atMs: number;
}

export interface Fulfilment {
  readonly operationId: string;
  readonly lines: readonly LineQuantity[];
  readonly atMs: number;
}

/** `pending`: the stock actors are told until all of them have taken the units back. */
export interface Return {
  readonly operationId: string;
  readonly lines: readonly LineQuantity[];
  readonly reason: string | null;
  readonly status: "pending" | "restocked";
  readonly atMs: number;
}

export interface AfterSale {
  readonly refunds: readonly Refund[];
  readonly fulfilments: readonly Fulfilment[];
  readonly returns: readonly Return[];
}

/** How many refunds, shipments and returns, of each, one order keeps. */
export const maxChanges = 50;

/** Refunds that may be under way at once, which also bounds an event's size; and all that were ever asked for, refused ones included. */
export const maxPendingRefunds = 10;
export const maxRefundRequests = 200;

/** How many cards one order may be tried with. */
export const maxPaymentAttempts = 10;

/** What went back for certain, minor units. */
export const refundedMinor = (state: OrderState): number => sumOf(state, "succeeded");

/** What was captured and neither went back nor is on its way back. */
export const refundableMinor = (state: OrderState): number =>
  state.payment.amountMinor - sumOf(state, "succeeded") - sumOf(state, "pending");

function sumOf(state: OrderState, status: Refund["status"]): number {
  return state.refunds.reduce((sum, refund) => (refund.status === status ? sum + refund.amountMinor : sum), 0);
}

export const isShippedInPart = (state: OrderState): boolean => state.lines.some((line) => line.fulfilled > 0);
export const isShippedWhole = (state: OrderState): boolean => state.lines.every((line) => line.fulfilled === line.quantity);
