/** The one place where an order's events become the journal that a person reads. */
import { unreachable } from "../domain/assert.ts";
import { listed } from "../domain/listed.ts";
import type { OrderEvent, ReservationResult } from "../domain/order/events.ts";
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

/** The ends of a saga are reached once; every other event is a try of its step. */
function attemptOf(event: OrderEvent, before: OrderState | null): number {
  const isEnd = event.type === "order_confirmed" || event.type === "order_failed" || event.type === "cart_validated";
  return before === null || isEnd ? 1 : before.attempts + 1;
}

function described(event: OrderEvent, after: OrderState): Described {
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
    case "payment_unknown":
      return { step: event.step, outcome: "unknown", ...paymentUnknown(event.charged, after) };
    case "inventory_released":
      return {
        step: "release_inventory",
        outcome: event.unknown.length === 0 ? "ok" : "unknown",
        stock: effects(event.released, after, "released"),
      };
    case "order_confirmed":
      return {
        step: "confirm",
        outcome: "ok",
        stock: effects(
          after.lines.map((line) => line.sku),
          after,
          "sold",
        ),
      };
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

const moneyOf = (state: OrderState, effect: "captured" | "declined" | "unknown"): WireTimelineEntry["money"] => ({
  effect,
  amount_minor: state.totalMinor ?? 0,
  currency: state.currency ?? "XXX",
});
