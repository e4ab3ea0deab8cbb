/** What the fake shop does to an order after it was placed, kept just well enough to look real. Refusals are problem codes. */
import type { z } from "zod";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { fulfilBodySchema, refundBodySchema, returnBodySchema, WirePayment, WireRefund } from "../../shared/contracts/payment.ts";
import type { ProblemCode } from "../../shared/errors/codes.ts";

export type FakeChange =
  | { readonly kind: "cancel"; readonly reason: string | null }
  | { readonly kind: "pay"; readonly method: string }
  | { readonly kind: "refund"; readonly body: z.infer<typeof refundBodySchema> }
  | { readonly kind: "fulfil"; readonly body: z.infer<typeof fulfilBodySchema> }
  | { readonly kind: "return"; readonly body: z.infer<typeof returnBodySchema> };

interface Books {
  readonly order: WireOrder;
  readonly payment: WirePayment;
}

export function applyChange(books: Books, change: FakeChange): Books | ProblemCode {
  switch (change.kind) {
    case "cancel":
      return cancelled(books, change.reason);
    case "pay":
      return paid(books, change.method);
    case "refund":
      return refunded(books, change.body.amount_minor, change.body.reason);
    case "fulfil":
      return fulfilled(books, change.body.items);
    case "return": {
      const items = moveUnits(books.order, change.body.items, { moved: "returned_quantity", upTo: (item) => item.fulfilled_quantity });
      return items === null ? "quantity_not_available" : { ...books, order: { ...books.order, items } };
    }
  }
}

export const charged = (order: WireOrder): WireOrder => ({
  ...order,
  status: "confirmed",
  hold_expires_at: null,
  payment: { ...order.payment, status: "captured", amount_minor: order.total_minor ?? 0 },
});

/** How often an order of this status has sold its units. */
export const soldBy = (status: WireOrder["status"]): number =>
  status === "confirmed" || status === "fulfilled" || status === "refunded" ? 1 : 0;

/** The payment as the order's own fields and what is known of it say it. */
export const toPayment = (order: WireOrder, known: WirePayment | undefined): WirePayment => ({
  id: order.payment.id,
  order_id: order.id,
  payment_method: known?.payment_method ?? (order.payment.status === "declined" ? "pm_card_declined" : "pm_card_visa"),
  attempt: known?.attempt ?? 1,
  currency: order.currency,
  reference: order.payment.amount_minor > 0 ? "ch_fake" : null,
  decline_reason: order.payment.status === "declined" ? "card_declined" : null,
  refunds: known?.refunds ?? [],
  created_at: order.created_at,
  updated_at: order.updated_at,
  status: order.payment.status,
  amount_minor: order.payment.amount_minor,
  refunded_minor: order.payment.refunded_minor,
});

function cancelled({ order, payment }: Books, reason: string | null): Books | ProblemCode {
  if (order.status === "cancelled") return { order, payment };
  if (order.items.some((item) => item.fulfilled_quantity > 0)) return "order_fulfilled";
  if (order.status === "failed") return "order_not_cancellable";
  const back = { ...order, status: "cancelled" as const, hold_expires_at: null, cancellation: { reason, requested_at: order.updated_at } };
  if (payment.amount_minor === 0) return { order: back, payment };
  const given = refunded({ order: back, payment }, undefined, reason ?? "The order was cancelled");
  return typeof given === "string" ? given : { ...given, order: { ...given.order, status: "cancelled" } };
}

function paid({ order, payment }: Books, method: string): Books | ProblemCode {
  if (order.status !== "pending_payment") return "order_not_payable";
  const next = method === "pm_card_visa" ? charged(order) : order;
  return { order: next, payment: { ...toPayment(next, payment), payment_method: method, attempt: payment.attempt + 1 } };
}

function refunded({ order, payment }: Books, asked: number | undefined, reason: string): Books | ProblemCode {
  const left = payment.amount_minor - payment.refunded_minor;
  const amount = asked ?? left;
  if (amount > left || left === 0) return "refund_too_large";
  const refund: WireRefund = {
    id: `${order.id}:refund:${payment.refunds.length + 1}`,
    order_id: order.id,
    payment_id: payment.id,
    amount_minor: amount,
    currency: order.currency ?? "EUR",
    status: "succeeded",
    reason,
    detail: null,
    created_at: order.updated_at,
  };
  const status = amount === left ? ("refunded" as const) : ("partially_refunded" as const);
  const money = { status, refunded_minor: payment.refunded_minor + amount };
  const next = { ...order, payment: { ...order.payment, ...money }, ...(status === "refunded" && { status }) };
  return { order: next, payment: { ...payment, ...money, refunds: [...payment.refunds, refund] } };
}

type Lines = readonly { readonly sku: string; readonly quantity: number }[];

function fulfilled({ order, payment }: Books, lines: Lines | undefined): Books | ProblemCode {
  if (order.status !== "confirmed") return "order_not_fulfillable";
  const all = order.items.map(({ sku, quantity, fulfilled_quantity }) => ({ sku, quantity: quantity - fulfilled_quantity }));
  const items = moveUnits(order, lines ?? all, { moved: "fulfilled_quantity", upTo: (item) => item.quantity });
  if (items === null) return "quantity_not_available";
  const isWhole = items.every((item) => item.fulfilled_quantity === item.quantity);
  return { payment, order: { ...order, items, ...(isWhole && { status: "fulfilled" as const }) } };
}

interface Move {
  readonly moved: "fulfilled_quantity" | "returned_quantity";
  readonly upTo: (item: WireOrder["items"][number]) => number;
}

/** null when a line asks for more than is left of it. */
function moveUnits(order: WireOrder, lines: Lines, { moved, upTo }: Move): WireOrder["items"] | null {
  const wanted = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const items = order.items.map((item) => ({ ...item, [moved]: item[moved] + (wanted.get(item.sku) ?? 0) }));
  return items.every((item) => item[moved] <= upTo(item)) ? items : null;
}
