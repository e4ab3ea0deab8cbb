import { assert, unreachable } from "../assert.ts";
import type { AfterSaleEvent, OrderEvent, PlacedOrder, ReservationResult } from "./events.ts";
import { evolveAfterSale, isAfterSaleEvent } from "./evolve-after-sale.ts";
import type { Hold, OrderLine, OrderState } from "./state.ts";

/** The state after an event. Total over the events `decide` makes; anything else is a defect and throws. */
export function evolve(state: OrderState | null, event: OrderEvent): OrderState {
  if (event.type === "order_placed") return placed(event.order, event);
  assert(state !== null, `${event.type} before order_placed`);
  const after = isAfterSaleEvent(event) ? evolveAfterSale(state, event) : applied(state, event);
  return { ...after, updatedAtMs: event.atMs, entries: state.entries + 1 };
}

function placed(order: PlacedOrder, event: { readonly atMs: number; readonly giveUpAtMs: number }): OrderState {
  const { lines, paymentMethod, ...rest } = order;
  return {
    ...rest,
    status: "pending",
    lines: lines.map((line) => ({ shard: 0, ...line, ...untouched })),
    totalMinor: null,
    currency: null,
    payment: { ...unpaid, method: paymentMethod, attempt: 1, operations: [] },
    failure: null,
    cancellation: null,
    refunds: [],
    fulfilments: [],
    returns: [],
    createdAtMs: event.atMs,
    updatedAtMs: event.atMs,
    giveUpAtMs: event.giveUpAtMs,
    attempts: 0,
    entries: 1,
  };
}

const untouched = { hold: "none", name: null, unitPriceMinor: null, currency: null, fulfilled: 0, returned: 0 } as const;
const unpaid = { status: "none", amountMinor: 0, reference: null, declineReason: null, askedAtMs: null } as const;

type AppliedEvent = Exclude<OrderEvent, { type: "order_placed" } | AfterSaleEvent>;

function applied(state: OrderState, event: AppliedEvent): OrderState {
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
      const payment = { ...state.payment, status: "unknown" as const };
      const lines = withResults(state.lines, event.results);
      return { ...state, status: "compensating", attempts: 0, lines, payment, failure: event.failure };
    }
    case "payment_captured":
      return captured({ ...state, attempts: 0 }, event);
    case "payment_refused": {
      const status = event.declined ? ("declined" as const) : ("none" as const);
      const payment = { ...state.payment, status, declineReason: event.reason };
      return { ...state, status: "compensating", attempts: 0, payment, failure: event.failure };
    }
    case "payment_awaited": {
      const payment = { ...state.payment, status: "declined" as const, declineReason: event.reason };
      return { ...state, status: "pending_payment", attempts: 0, payment };
    }
    case "payment_unknown":
      return paymentUnknown(state, event);
    case "payment_given_up": {
      const payment = { ...state.payment, status: "unknown" as const };
      return { ...state, status: "compensating", attempts: 0, payment, failure: event.failure };
    }
    case "payment_voided":
      return { ...state, attempts: 0, payment: { ...state.payment, status: "voided" } };
    case "payment_method_changed": {
      const { operationId, method } = event;
      const { attempt, operations } = state.payment;
      const payment = { ...unpaid, method, attempt: attempt + 1, operations: [...operations, operationId] };
      return { ...state, status: "inventory_reserved", attempts: 0, payment };
    }
    case "hold_expired":
      return { ...state, status: "compensating", attempts: 0, failure: event.failure };
    case "inventory_released":
      return {
        ...state,
        attempts: event.unknown.length === 0 ? 0 : state.attempts + 1,
        lines: withReleased(state.lines, event.released),
      };
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

type PaymentCaptured = Extract<OrderEvent, { type: "payment_captured" }>;

/** Found while giving up: the money is there, so the stock is held (nothing is charged before), and the order goes on. */
function captured(state: OrderState, { reference, amountMinor }: PaymentCaptured): OrderState {
  const amount = amountMinor ?? state.totalMinor ?? 0;
  const payment = { ...state.payment, status: "captured" as const, amountMinor: amount, reference };
  if (state.cancellation?.begun === true) return { ...state, payment };
  const held = state.totalMinor !== null && state.lines.every((line) => line.hold === "held");
  return { ...state, status: held ? "payment_processed" : "pending_inventory", payment, failure: null };
}

/** Not being answered is a failed try; being told that nothing was charged is an answer. */
function paymentUnknown(state: OrderState, event: Extract<OrderEvent, { type: "payment_unknown" }>): OrderState {
  const askedAtMs = event.step === "process_payment" ? event.atMs : state.payment.askedAtMs;
  const status = event.charged === false ? ("none" as const) : ("unknown" as const);
  return {
    ...state,
    status: state.status === "compensating" ? "compensating" : "pending_payment",
    attempts: event.charged === false ? state.attempts : state.attempts + 1,
    payment: { ...state.payment, status, askedAtMs },
  };
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

/** Units that were sold go back to the shelf; units that were held, or may have been, are free again. */
const withReleased = (lines: readonly OrderLine[], skus: readonly string[]): readonly OrderLine[] =>
  lines.map((line) => (skus.includes(line.sku) ? { ...line, hold: releasedHold(line.hold) } : line));

const releasedHold = (hold: Hold): Hold => (hold === "sold" ? "restocked" : "released");
