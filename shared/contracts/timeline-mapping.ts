/** The one place where an order's events become the journal that a person reads. */
import { unreachable } from "../domain/assert.ts";
import { listed } from "../domain/listed.ts";
import type { LineQuantity } from "../domain/order/after-sale.ts";
import { isAfterSaleEvent } from "../domain/order/evolve-after-sale.ts";
import type { AfterSaleEvent, OrderEvent, ReservationResult } from "../domain/order/events.ts";
import type { OrderState } from "../domain/order/state.ts";
import type { WireTimelineEntry } from "./order.ts";
import { toTimestamp } from "./order-mapping.ts";

type Described = Pick<WireTimelineEntry, "step" | "outcome"> & Partial<Pick<WireTimelineEntry, "detail" | "stock" | "money">>;

/**
 * @param before The state the event was applied to; null for the first.
 * @param after `evolve(before, event)`.
 */
export function toTimelineEntry(event: OrderEvent, before: OrderState | null, after: OrderState): WireTimelineEntry {
  return {
    seq: after.entries,
    attempt: attemptOf(event, before),
    at: toTimestamp(event.atMs),
    duration_ms: event.durationMs,
    status: after.status,
    cause: event.cause,
    detail: null,
    stock: [],
    money: null,
    ...described(event, after),
  };
}

/** Tries are counted for what may get no answer; everything else happens once. */
function attemptOf(event: OrderEvent, before: OrderState | null): number {
  return before !== null && tried.has(event.type) ? before.attempts + 1 : 1;
}

const tried: ReadonlySet<OrderEvent["type"]> = new Set<OrderEvent["type"]>([
  "inventory_reserved",
  "inventory_refused",
  "inventory_unknown",
  "inventory_given_up",
  "payment_captured",
  "payment_refused",
  "payment_awaited",
  "payment_unknown",
  "payment_given_up",
  "payment_voided",
  "inventory_released",
  "payment_refunded",
  "refund_refused",
  "refund_unknown",
  "return_restocked",
  "return_unknown",
]);

function described(event: OrderEvent, after: OrderState): Described {
  return isAfterSaleEvent(event) ? describeAfterSale(event, after) : describeSaga(event, after);
}

function describeSaga(event: Exclude<OrderEvent, AfterSaleEvent>, after: OrderState): Described {
  switch (event.type) {
    case "order_placed":
      return { step: "place", outcome: "ok" };
    case "cart_validated":
      return { step: "validate_cart", outcome: "ok" };
    case "inventory_reserved":
      return { step: "reserve_inventory", outcome: "ok", stock: stockOf(event.results, after) };
    case "inventory_refused":
      return { step: "reserve_inventory", outcome: "refused", detail: event.failure.detail, stock: stockOf(event.results, after) };
    case "inventory_unknown":
      return { step: "reserve_inventory", outcome: "unknown", detail: lostAnswers(event.results), stock: stockOf(event.results, after) };
    case "inventory_given_up":
      return { step: "reserve_inventory", outcome: "unknown", detail: event.failure.detail, stock: stockOf(event.results, after) };
    case "payment_captured":
      return { step: event.step, outcome: "ok", detail: event.reference, money: moneyOf(after, "captured") };
    case "payment_refused":
      return {
        step: event.step,
        outcome: "refused",
        detail: event.failure.detail,
        money: event.declined ? moneyOf(after, "declined") : null,
      };
    case "payment_awaited":
      return {
        step: event.step,
        outcome: "refused",
        detail: `The card was refused: ${event.reason}. Waiting for another one.`,
        money: moneyOf(after, "declined"),
      };
    case "payment_unknown":
      return { step: event.step, outcome: "unknown", ...paymentUnknown(event.charged, after) };
    case "payment_given_up":
      return {
        step: event.step,
        outcome: "unknown",
        detail: "The hold has ended: the charge is voided.",
        money: moneyOf(after, "unknown"),
      };
    case "payment_voided":
      return { step: "void_payment", outcome: "ok", money: moneyOf(after, "voided") };
    case "payment_method_changed":
      return { step: "change_payment_method", outcome: "ok", detail: event.method };
    case "hold_expired":
      return { step: "expire_hold", outcome: "ok", detail: event.failure.detail };
    case "inventory_released":
      return { step: "release_inventory", outcome: event.unknown.length === 0 ? "ok" : "unknown", stock: released(event.released, after) };
    case "order_confirmed":
      return { step: "confirm", outcome: "ok", stock: moved(after.lines, "sold") };
    case "order_failed":
      return { step: "fail", outcome: "ok", detail: after.failure?.detail ?? null };
    default:
      return unreachable(event);
  }
}

function paymentUnknown(charged: null | false, after: OrderState): Pick<Described, "detail" | "money"> {
  if (charged === false) return { detail: "The provider has no such charge; it will be sent again." };
  return { detail: "The provider did not answer; it will be asked what became of the charge.", money: moneyOf(after, "unknown") };
}

const lostAnswers = (results: readonly ReservationResult[]): string =>
  `No answer for ${listed(results.filter((result) => result.kind === "unknown").map((result) => result.sku))}; asking again.`;

type StockEffect = WireTimelineEntry["stock"][number];

function stockOf(results: readonly ReservationResult[], state: OrderState): StockEffect[] {
  const quantities = new Map(state.lines.map((line) => [line.sku, line.quantity]));
  return results
    .filter((result) => result.kind !== "unknown")
    .map(({ sku, kind }) => ({ sku, quantity: quantities.get(sku) ?? 0, effect: kind === "held" ? "held" : "refused" }));
}

const effects = (skus: readonly string[], state: OrderState, effect: StockEffect["effect"]): StockEffect[] =>
  state.lines.filter((line) => skus.includes(line.sku)).map((line) => ({ sku: line.sku, quantity: line.quantity, effect }));

/** What was sold goes back to the shelf, what was held is free again. */
const released = (skus: readonly string[], state: OrderState): StockEffect[] =>
  skus.flatMap((sku) => {
    const line = state.lines.find((candidate) => candidate.sku === sku);
    return effects([sku], state, line?.hold === "restocked" ? "restocked" : "released");
  });

type Money = NonNullable<WireTimelineEntry["money"]>;

const moneyOf = (state: OrderState, effect: Money["effect"], amountMinor = state.totalMinor ?? 0): Money => ({
  effect,
  amount_minor: amountMinor,
  currency: state.currency ?? "XXX",
});

function describeAfterSale(event: Extract<OrderEvent, AfterSaleEvent>, after: OrderState): Described {
  switch (event.type) {
    case "cancel_requested":
      return { step: "request_cancel", outcome: "ok", detail: event.reason };
    case "cancellation_begun":
      return { step: "begin_cancel", outcome: "ok" };
    case "order_cancelled":
      return { step: "cancel", outcome: "ok" };
    case "refund_requested":
      return { step: "request_refund", outcome: "ok", detail: `${event.amountMinor} ${after.currency ?? ""}: ${event.reason}` };
    case "payment_refunded":
      return { step: "refund_payment", outcome: "ok", detail: event.reference, money: moneyOf(after, "refunded", refundOf(event, after)) };
    case "refund_refused":
      return { step: "refund_payment", outcome: "refused", detail: event.detail };
    case "refund_unknown":
      return { step: "refund_payment", outcome: "unknown", detail: "The provider did not answer; it will be asked again." };
    case "order_refunded":
      return { step: "refund", outcome: "ok" };
    case "stray_capture_found":
      return { step: "look_up_payment", outcome: "ok", detail: event.reference, money: moneyOf(after, "captured", event.amountMinor) };
    case "items_fulfilled":
      return { step: "fulfil", outcome: "ok", stock: moved(event.lines, "shipped") };
    case "order_fulfilled":
      return { step: "fulfil", outcome: "ok", detail: "Everything has been shipped." };
    case "return_requested":
      return { step: "request_return", outcome: "ok", detail: event.reason };
    case "return_restocked":
      return { step: "restock_inventory", outcome: "ok", stock: moved(returnOf(event, after), "restocked") };
    case "return_unknown":
      return { step: "restock_inventory", outcome: "unknown", detail: "Not every stock actor answered; they will be asked again." };
    default:
      return unreachable(event);
  }
}

const moved = (lines: readonly LineQuantity[], effect: StockEffect["effect"]): StockEffect[] =>
  lines.map(({ sku, quantity }) => ({ sku, quantity, effect }));

const refundOf = ({ operationId }: { readonly operationId: string }, state: OrderState): number =>
  state.refunds.find((refund) => refund.operationId === operationId)?.amountMinor ?? 0;

const returnOf = ({ operationId }: { readonly operationId: string }, state: OrderState): readonly LineQuantity[] =>
  state.returns.find((entry) => entry.operationId === operationId)?.lines ?? [];
