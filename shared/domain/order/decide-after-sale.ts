/** What a wish does to an order that exists: nothing (it was done before), one event, or a refusal. Pure. */
import { listed } from "../listed.ts";
import {
  isShippedInPart,
  maxChanges,
  maxPaymentAttempts,
  maxPendingRefunds,
  maxRefundRequests,
  refundableMinor,
  type LineQuantity,
} from "./after-sale.ts";
import type { OrderEvent, Untimed } from "./events.ts";
import { awaitsPayment, type OrderLine, type OrderState } from "./state.ts";

/** `operationId` makes each repeatable: the same one again changes nothing. */
export type ChangeCommand =
  | { readonly type: "request_cancel"; readonly operationId: string; readonly reason: string | null }
  | { readonly type: "change_payment_method"; readonly operationId: string; readonly method: string }
  /** `amountMinor` null: all that has not been refunded yet. */
  | { readonly type: "request_refund"; readonly operationId: string; readonly amountMinor: number | null; readonly reason: string }
  /** `lines` null: all that has not been shipped yet. */
  | { readonly type: "fulfil_items"; readonly operationId: string; readonly lines: readonly LineQuantity[] | null }
  | {
      readonly type: "request_return";
      readonly operationId: string;
      readonly lines: readonly LineQuantity[];
      readonly reason: string | null;
    }
  /** Money was found at the provider though the order had ended without it. */
  | { readonly type: "refund_stray"; readonly operationId: string; readonly reference: string; readonly amountMinor: number };

export type ChangeRefusalCode =
  /** It has been shipped, in part at least: not to be cancelled any more. */
  | "order_fulfilled"
  /** It has failed, or is about to: there is nothing to cancel. */
  | "order_not_cancellable"
  /** It is not waiting for another card. */
  | "order_not_payable"
  /** What became of the charge before is not known yet. */
  | "payment_in_progress"
  /** No money was taken. */
  | "order_not_paid"
  /** More than was captured and has not been refunded. */
  | "refund_too_large"
  /** It is not confirmed, or is being cancelled or has been refunded. */
  | "order_not_fulfillable"
  /** More than is left to ship, or to come back; or an SKU that is not in the order. */
  | "quantity_not_available"
  /** More refunds, shipments or returns than one order keeps. */
  | "too_many_changes";

export type ChangeDecision =
  | { readonly ok: true; readonly events: readonly Untimed<OrderEvent>[] }
  | { readonly ok: false; readonly code: ChangeRefusalCode; readonly detail: string };

const done: ChangeDecision = { ok: true, events: [] };
const change = (...events: readonly Untimed<OrderEvent>[]): ChangeDecision => ({ ok: true, events });
const refuse = (code: ChangeRefusalCode, detail: string): ChangeDecision => ({ ok: false, code, detail });

type CommandOf<Type extends ChangeCommand["type"]> = Extract<ChangeCommand, { readonly type: Type }>;

/** Before anything is shipped; twice is once. */
export function decideCancel(state: OrderState, { operationId, reason }: CommandOf<"request_cancel">): ChangeDecision {
  if (state.cancellation !== null) return done;
  if (isShippedInPart(state)) return refuse("order_fulfilled", "Something of it has been shipped: take it back as a return instead.");
  // An order that gives up may yet find that it has charged, and go on: until that is known it can be cancelled.
  const isFailing = state.status === "compensating" && state.payment.status !== "unknown";
  if (state.status === "failed" || isFailing)
    return refuse("order_not_cancellable", "It has failed: nothing is held or charged, or will not be in a moment.");
  return change({ type: "cancel_requested", operationId, reason });
}

/** Only for an order that waits: another card while the outcome of one is open could charge twice. */
export function decideAnotherCard(state: OrderState, { operationId, method }: CommandOf<"change_payment_method">): ChangeDecision {
  if (state.payment.operations.includes(operationId)) return done;
  if (state.cancellation === null && awaitsPayment(state)) {
    if (state.payment.attempt < maxPaymentAttempts) return change({ type: "payment_method_changed", operationId, method });
    return refuse("too_many_changes", `${maxPaymentAttempts} payment methods have been tried.`);
  }
  const open = state.status === "inventory_reserved" || state.status === "pending_payment";
  if (open && state.cancellation === null) return refuse("payment_in_progress", "The charge before is still being settled.");
  return refuse("order_not_payable", `The order is ${state.status}; only one that waits for another card can be paid.`);
}

/** Never above what was captured, whatever is on its way already. */
export function decideRefundRequest(state: OrderState, command: CommandOf<"request_refund">): ChangeDecision {
  const { operationId, reason } = command;
  if (state.refunds.some((refund) => refund.operationId === operationId)) return done;
  if (state.payment.status !== "captured") return refuse("order_not_paid", "No money was taken for this order.");
  if (state.status === "pending_inventory") return refuse("order_not_paid", "The order is still being completed.");
  const left = refundableMinor(state);
  const amountMinor = command.amountMinor ?? left;
  if (left === 0 || amountMinor > left) return refuse("refund_too_large", `${left} of ${state.payment.amountMinor} can be refunded.`);
  if (state.refunds.filter(({ status }) => status === "pending").length >= maxPendingRefunds)
    return tooMany("pending refunds", maxPendingRefunds);
  if (state.refunds.filter(({ status }) => status !== "refused").length >= maxChanges) return tooMany("refunds");
  if (state.refunds.length >= maxRefundRequests) return tooMany("requests to refund", maxRefundRequests);
  return change({ type: "refund_requested", operationId, amountMinor, reason });
}

/** Only what was sold, and not what is about to be taken back or was paid back. */
export function decideFulfil(state: OrderState, { operationId, lines }: CommandOf<"fulfil_items">): ChangeDecision {
  if (state.fulfilments.some((entry) => entry.operationId === operationId)) return done;
  const isBeingCancelled = state.cancellation !== null && state.status !== "cancelled";
  if (state.status !== "confirmed" || isBeingCancelled)
    return refuse("order_not_fulfillable", `The order is ${isBeingCancelled ? "being cancelled" : state.status}.`);
  if (state.payment.amountMinor > 0 && refundableMinor(state) === 0)
    return refuse("order_not_fulfillable", "All of its money is being given back.");
  const left = (line: OrderLine): number => line.quantity - line.fulfilled;
  const wanted = lines ?? state.lines.filter((line) => left(line) > 0).map((line) => ({ sku: line.sku, quantity: left(line) }));
  const missing = notAvailable(state, wanted, left);
  if (missing !== null) return refuse("quantity_not_available", `Left to ship: ${missing}.`);
  if (state.fulfilments.length >= maxChanges) return tooMany("shipments");
  return change({ type: "items_fulfilled", operationId, lines: wanted });
}

/** Only what was shipped and has not come back. */
export function decideReturnRequest(state: OrderState, command: CommandOf<"request_return">): ChangeDecision {
  const { operationId, lines, reason } = command;
  if (state.returns.some((entry) => entry.operationId === operationId)) return done;
  const missing = notAvailable(state, lines, (line) => line.fulfilled - line.returned);
  if (missing !== null) return refuse("quantity_not_available", `Shipped and not come back: ${missing}.`);
  if (state.returns.length >= maxChanges) return tooMany("returns");
  return change({ type: "return_requested", operationId, lines, reason });
}

/** The order says itself whether it knows of the money; what it does not know of goes back. */
export function decideStray(state: OrderState, { operationId, reference, amountMinor }: CommandOf<"refund_stray">): ChangeDecision {
  if (state.refunds.some((refund) => refund.operationId === operationId)) return done;
  const endedWithout = (state.status === "failed" || state.status === "cancelled") && state.payment.status !== "captured";
  if (!endedWithout) return refuse("order_not_paid", `The order is ${state.status} and knows of its money.`);
  return change(
    { type: "stray_capture_found", reference, amountMinor },
    { type: "refund_requested", operationId, amountMinor, reason: "Charged without an order" },
  );
}

const tooMany = (what: string, limit = maxChanges): ChangeDecision =>
  refuse("too_many_changes", `An order keeps at most ${limit} ${what}.`);

/** What is left of the lines that ask for too much, for a sentence; null when all can be had. */
function notAvailable(state: OrderState, wanted: readonly LineQuantity[], left: (line: OrderLine) => number): string | null {
  const bySku = new Map(state.lines.map((line) => [line.sku, left(line)]));
  const missing = wanted.filter(({ sku, quantity }) => quantity > (bySku.get(sku) ?? 0));
  return missing.length === 0 ? null : listed(missing.map(({ sku }) => `${bySku.get(sku) ?? 0} of ${sku}`));
}
