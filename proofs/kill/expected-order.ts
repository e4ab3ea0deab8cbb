/** What an order must be once everything has settled, by the clients' books alone. Pure. */
import { orderSchema, type OrderStatus, type WireOrder } from "../../shared/contracts/order.ts";
import { refundSchema, returnSchema } from "../../shared/contracts/payment.ts";
import type { Entry, OrderBook } from "./books.ts";

export interface ExpectedOrder {
  readonly status: OrderStatus;
  /** Whether its confirmation was acknowledged, whatever came after. */
  readonly wasConfirmed: boolean;
  /** null: not to be known from the answers (a cancelled order may have been charged and paid back before it was confirmed). */
  readonly capturedMinor: number | null;
  /** null: all that was captured. */
  readonly refundedMinor: number | null;
  /** Units that have left the shelf for good, by SKU. */
  readonly soldUnits: ReadonlyMap<string, number>;
}

/** @throws When the placing has no final answer. */
export function expectedOrder({ id, place, changes }: OrderBook): ExpectedOrder {
  if (place.final === null) throw new Error(`${id} has not been answered finally`);
  const done = (kind: Entry["operation"]["kind"]): unknown[] =>
    changes.filter(({ operation, final }) => operation.kind === kind && final !== null && final.status < 300).map(bodyOf);
  const cancelled = done("cancel").length > 0;
  if (place.final.status !== 201) return cancelled || isCancelled(place) ? withdrawn : failed;
  const { total_minor: total, items } = orderSchema.parse(bodyOf(place));
  if (total === null) throw new Error(`${id} was confirmed without a total`);
  if (cancelled) return { status: "cancelled", wasConfirmed: true, capturedMinor: total, refundedMinor: null, soldUnits: new Map() };
  const refunds = done("refund").map((body) => refundSchema.parse(body));
  const refunded = refunds.reduce((sum, { status, amount_minor: amount }) => (status === "succeeded" ? sum + amount : sum), 0);
  const shipped = largestUnits(done("fulfil").map((body) => orderSchema.parse(body)));
  const returned = sumUnits(done("return").flatMap((body) => returnSchema.parse(body).items));
  const whole = items.every(({ sku, quantity }) => shipped.get(sku) === quantity);
  return {
    status: refunded === total ? "refunded" : whole ? "fulfilled" : "confirmed",
    wasConfirmed: true,
    capturedMinor: total,
    refundedMinor: refunded,
    soldUnits: new Map(items.map(({ sku, quantity }) => [sku, quantity - (returned.get(sku) ?? 0)])),
  };
}

const nothing = { wasConfirmed: false, capturedMinor: null, refundedMinor: null, soldUnits: new Map<string, number>() } as const;
const failed: ExpectedOrder = { ...nothing, status: "failed" };
const withdrawn: ExpectedOrder = { ...nothing, status: "cancelled" };

const bodyOf = ({ final }: Entry): unknown => JSON.parse(final?.text ?? "null");

const isCancelled = ({ final }: Entry): boolean => (JSON.parse(final?.text ?? "{}") as { code?: string }).code === "order_cancelled";

/** Shipped units only grow, so the largest number that any answer told is what was shipped. */
function largestUnits(orders: readonly WireOrder[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { sku, fulfilled_quantity: shipped } of orders.flatMap(({ items }) => items))
    units.set(sku, Math.max(units.get(sku) ?? 0, shipped));
  return units;
}

function sumUnits(lines: readonly { readonly sku: string; readonly quantity: number }[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

/** @returns Everything in which the order is not what it must be; empty when it is. */
export function disagreements(expected: ExpectedOrder, order: WireOrder): readonly string[] {
  const { amount_minor: captured, refunded_minor: refunded } = order.payment;
  const found: string[] = [];
  if (order.status !== expected.status) found.push(`is ${order.status} and must be ${expected.status}`);
  if (expected.capturedMinor !== null && captured !== expected.capturedMinor)
    found.push(`has captured ${captured} and must have ${expected.capturedMinor}`);
  if (refunded !== (expected.refundedMinor ?? captured))
    found.push(`has refunded ${refunded} and must have ${expected.refundedMinor ?? captured}`);
  return found;
}
