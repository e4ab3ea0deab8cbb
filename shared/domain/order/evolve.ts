import { assert, unreachable } from "../assert.ts";
import type { OrderEvent, PlacedOrder, ReservationResult } from "./events.ts";
import type { Hold, OrderLine, OrderState } from "./state.ts";

/** The state after an event. Total over the events `decide` makes; anything else is a defect and throws. */
export function evolve(state: OrderState | null, event: OrderEvent): OrderState {
  if (event.type === "order_placed") return placed(event.order, event);
  assert(state !== null, `${event.type} before order_placed`);
  return { ...applied(state, event), updatedAtMs: event.atMs, entries: state.entries + 1 };
}

function placed(order: PlacedOrder, event: { readonly atMs: number; readonly giveUpAtMs: number }): OrderState {
  const { lines, paymentMethod, ...rest } = order;
  return {
    ...rest,
    status: "pending",
    lines: lines.map((line) => ({ ...line, hold: "none", name: null, unitPriceMinor: null, currency: null })),
    totalMinor: null,
    currency: null,
    payment: { method: paymentMethod, status: "none", amountMinor: 0, reference: null, askedAtMs: null },
    failure: null,
    createdAtMs: event.atMs,
    updatedAtMs: event.atMs,
    giveUpAtMs: event.giveUpAtMs,
    attempts: 0,
    entries: 1,
  };
}

function applied(state: OrderState, event: Exclude<OrderEvent, { type: "order_placed" }>): OrderState {
  switch (event.type) {
    case "cart_validated":
      return { ...state, status: "cart_validated", attempts: 0 };
    case "inventory_reserved": {
      const lines = withResults(state.lines, event.results);
      return reserved({ ...state, attempts: 0, lines, currency: event.currency }, event.totalMinor);
    }
    case "inventory_refused":
      return { ...state, status: "compensating", attempts: 0, lines: withResults(state.lines, event.results), failure: event.failure };
    case "inventory_unknown":
      return { ...state, status: "pending_inventory", attempts: state.attempts + 1, lines: withResults(state.lines, event.results) };
    case "inventory_given_up": {
      const payment = { ...state.payment, status: "unknown" as const, askedAtMs: event.atMs };
      const lines = withResults(state.lines, event.results);
      return { ...state, status: "compensating", attempts: 0, lines, payment, failure: event.failure };
    }
    case "payment_captured":
      return captured({ ...state, attempts: 0 }, event.reference);
    case "payment_refused": {
      const payment = { ...state.payment, status: event.declined ? ("declined" as const) : ("none" as const) };
      return { ...state, status: "compensating", attempts: 0, payment, failure: event.failure };
    }
    case "payment_unknown": {
      const asked = event.step === "process_payment" ? event.atMs : state.payment.askedAtMs;
      const payment = { ...state.payment, status: event.charged === false ? ("none" as const) : ("unknown" as const), askedAtMs: asked };
      const status = state.status === "compensating" ? state.status : "pending_payment";
      return { ...state, status, attempts: state.attempts + 1, payment };
    }
    case "inventory_released":
      return { ...state, attempts: state.attempts + 1, lines: withHold(state.lines, event.released, "released") };
    case "order_confirmed":
      return { ...state, status: "confirmed", attempts: 0, lines: state.lines.map((line) => ({ ...line, hold: "sold" })) };
    case "order_failed":
      return { ...state, status: "failed", attempts: 0 };
    default:
      return unreachable(event);
  }
}

/** Money that a run lost in a crash had taken needs no second step. */
function reserved(state: OrderState, totalMinor: number): OrderState {
  const paid = state.payment.status === "captured";
  const payment = { ...state.payment, amountMinor: paid ? totalMinor : 0 };
  return { ...state, status: paid ? "payment_processed" : "inventory_reserved", totalMinor, payment };
}

/** Found while giving up: the money is there, so the stock is held (nothing is charged before), and the order goes on. */
function captured(state: OrderState, reference: string): OrderState {
  const payment = { ...state.payment, status: "captured" as const, amountMinor: state.totalMinor ?? 0, reference };
  if (state.status === "compensating") return { ...state, status: "pending_inventory", payment, failure: null };
  assert(state.totalMinor !== null, "captured without a total");
  return { ...state, status: "payment_processed", payment };
}

function withResults(lines: readonly OrderLine[], results: readonly ReservationResult[]): readonly OrderLine[] {
  const bySku = new Map(results.map((result) => [result.sku, result]));
  return lines.map((line) => withResult(line, bySku.get(line.sku)));
}

function withResult(line: OrderLine, result: ReservationResult | undefined): OrderLine {
  if (result === undefined) return line;
  if (result.kind === "unknown") return { ...line, hold: "unknown" };
  if (result.kind !== "held") return afterRefusal(line);
  return { ...line, hold: "held", name: result.name, unitPriceMinor: result.unitPriceMinor, currency: result.currency };
}

/** A refusal proves that nothing is held only if no earlier answer was lost: that earlier call may still arrive. */
const afterRefusal = (line: OrderLine): OrderLine => ({ ...line, hold: line.hold === "none" ? "none" : "unknown" });

const withHold = (lines: readonly OrderLine[], skus: readonly string[], hold: Hold): readonly OrderLine[] =>
  lines.map((line) => (skus.includes(line.sku) ? { ...line, hold } : line));
