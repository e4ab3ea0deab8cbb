import { unreachable } from "../assert.ts";
import { decideCharge, decideLookUp, type ChargeResult, type LookUpResult } from "./decide-payment.ts";
import { decideRelease, decideReservation, type ReleaseResult } from "./decide-stock.ts";
import type { EventTime, OrderEvent, PlacedOrder, ReservationResult } from "./events.ts";
import { evolve } from "./evolve.ts";
import { nextStep, type Step } from "./next-step.ts";
import type { OrderState } from "./state.ts";

/** What the actor tells the saga: a wish, or how a step went. The clock and the durations come from outside. */
export type OrderCommand = EventTime &
  (
    | { readonly type: "place_order"; readonly order: PlacedOrder; readonly giveUpAfterMs: number }
    | { readonly type: "record_reservation"; readonly results: readonly ReservationResult[] }
    | { readonly type: "record_charge"; readonly result: ChargeResult }
    | { readonly type: "record_look_up"; readonly result: LookUpResult }
    | { readonly type: "record_release"; readonly results: readonly ReleaseResult[] }
  );

export type Decision =
  | { readonly ok: true; readonly state: OrderState; readonly events: readonly OrderEvent[]; readonly effect: Step | null }
  /** The order is no longer where this command belongs (another call came in between). Nothing has changed. */
  | { readonly ok: false; readonly code: "order_exists" | "no_such_order" | "not_expected" };

/** Decides what a command does to an order. Pure: no clock, no I/O, no randomness, and it never throws for a command. */
export function decide(state: OrderState | null, command: OrderCommand): Decision {
  if (command.type === "place_order") return state === null ? accept(null, placeOrder(command)) : { ok: false, code: "order_exists" };
  if (state === null) return { ok: false, code: "no_such_order" };
  if (expectedStep[command.type] !== nextStep(state)?.kind) return { ok: false, code: "not_expected" };
  return accept(state, settle(state, outcomeOf(state, command)));
}

const expectedStep = {
  record_reservation: "reserve_inventory",
  record_charge: "process_payment",
  record_look_up: "look_up_payment",
  record_release: "release_inventory",
} as const;

function placeOrder(command: Extract<OrderCommand, { type: "place_order" }>): readonly OrderEvent[] {
  const { order, atMs, durationMs, cause } = command;
  const time = { atMs, durationMs, cause };
  return [
    { ...time, type: "order_placed", order, giveUpAtMs: atMs + command.giveUpAfterMs },
    { ...time, type: "cart_validated", durationMs: 0 },
  ];
}

function outcomeOf(state: OrderState, command: Exclude<OrderCommand, { type: "place_order" }>): OrderEvent {
  const time = { atMs: command.atMs, durationMs: command.durationMs, cause: command.cause };
  switch (command.type) {
    case "record_reservation":
      return { ...time, ...decideReservation(state, command.results, command.atMs) };
    case "record_charge":
      return { ...time, ...decideCharge(command.result) };
    case "record_look_up":
      return { ...time, ...decideLookUp(state, command.result, command.atMs) };
    case "record_release":
      return { ...time, ...decideRelease(state, command.results) };
    default:
      return unreachable(command);
  }
}

/** Captured money confirms at once; a compensation with nothing left to release fails at once. */
function settle(state: OrderState, event: OrderEvent): readonly OrderEvent[] {
  const after = evolve(state, event);
  const time = { atMs: event.atMs, durationMs: 0, cause: event.cause };
  if (after.status === "payment_processed") return [event, { ...time, type: "order_confirmed" }];
  const step = nextStep(after);
  const nothingHeld = step?.kind === "release_inventory" && step.lines.length === 0;
  return nothingHeld ? [event, { ...time, type: "order_failed" }] : [event];
}

function accept(before: OrderState | null, events: readonly OrderEvent[]): Decision {
  const state = events.reduce<OrderState | null>(evolve, before);
  if (state === null) return { ok: false, code: "no_such_order" };
  return { ok: true, state, events, effect: nextStep(state) };
}
