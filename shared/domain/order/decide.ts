import { unreachable } from "../assert.ts";
import {
  decideAnotherCard,
  decideCancel,
  decideFulfil,
  decideRefundRequest,
  decideReturnRequest,
  decideStray,
  type ChangeCommand,
  type ChangeDecision,
  type ChangeRefusalCode,
} from "./decide-after-sale.ts";
import {
  decideCharge,
  decideLookUp,
  decideRefund,
  decideVoid,
  type ChargeResult,
  type LookUpResult,
  type RefundResult,
  type VoidResult,
} from "./decide-payment.ts";
import { decideRelease, decideReservation, type ReleaseResult } from "./decide-stock.ts";
import type { EventTime, OrderEvent, PlacedOrder, ReservationResult, Untimed } from "./events.ts";
import { evolve } from "./evolve.ts";
import { followUp } from "./follow-up.ts";
import { nextStep, type Step } from "./next-step.ts";
import { awaitsPayment, type OrderState } from "./state.ts";

/** How a step went. */
export type StepReport =
  | { readonly type: "record_reservation"; readonly results: readonly ReservationResult[] }
  | { readonly type: "record_charge"; readonly result: ChargeResult }
  | { readonly type: "record_look_up"; readonly result: LookUpResult }
  | { readonly type: "record_void"; readonly result: VoidResult }
  | { readonly type: "record_release"; readonly results: readonly ReleaseResult[] }
  | { readonly type: "record_refund"; readonly operationId: string; readonly result: RefundResult }
  | { readonly type: "record_restock"; readonly operationId: string; readonly restocked: boolean };

/** What the actor tells the saga: a wish, the time, or how a step went. The clock and the durations come from outside. */
export type OrderCommand = EventTime &
  (
    | { readonly type: "place_order"; readonly order: PlacedOrder; readonly giveUpAfterMs: number }
    | ChangeCommand
    /** No step is under way: what waited for that, or for the time, happens now. */
    | { readonly type: "proceed" }
    | StepReport
  );

export type Decision =
  | { readonly ok: true; readonly state: OrderState; readonly events: readonly OrderEvent[]; readonly effect: Step | null }
  /** A wish that cannot be granted. Nothing has changed. */
  | { readonly ok: false; readonly code: ChangeRefusalCode; readonly detail: string }
  /** The order is no longer where this command belongs (another call came in between). Nothing has changed. */
  | { readonly ok: false; readonly code: "order_exists" | "no_such_order" | "not_expected"; readonly detail: string };

/** Decides what a command does to an order. Pure: no clock, no I/O, no randomness, and it never throws for a command. */
export function decide(state: OrderState | null, command: OrderCommand): Decision {
  if (command.type === "place_order") return state === null ? accept(placeOrder(command)) : misplaced("order_exists");
  if (state === null) return misplaced("no_such_order");
  if (isReport(command)) {
    if (!isExpected(state, command)) return misplaced("not_expected");
    return settle(state, { events: [outcomeOf(state, command)], time: timeOf(command), idle: true });
  }
  if (command.type === "proceed") return settle(state, { events: dueNow(state, command.atMs), time: timeOf(command), idle: true });
  const decision = decideChange(state, command);
  if (!decision.ok) return decision;
  return settle(state, { events: decision.events, time: timeOf(command), idle: false });
}

const misplaced = (code: "order_exists" | "no_such_order" | "not_expected"): Decision => ({ ok: false, code, detail: code });

const timeOf = ({ atMs, durationMs, cause }: EventTime): EventTime => ({ atMs, durationMs, cause });

const expectedStep = {
  record_reservation: "reserve_inventory",
  record_charge: "process_payment",
  record_look_up: "look_up_payment",
  record_void: "void_payment",
  record_release: "release_inventory",
} as const;

type Report = Extract<OrderCommand, StepReport>;

const isReport = (command: OrderCommand): command is Report => command.type.startsWith("record_");

/** A wish may come in while a step is under way; only a refund or a return may thereby find another step before its own. */
function isExpected(state: OrderState, report: Report): boolean {
  if (report.type === "record_refund") return isPending(state.refunds, report.operationId);
  if (report.type === "record_restock") return isPending(state.returns, report.operationId);
  return expectedStep[report.type] === nextStep(state)?.kind;
}

const isPending = (entries: readonly { readonly operationId: string; readonly status: string }[], operationId: string): boolean =>
  entries.some((entry) => entry.operationId === operationId && entry.status === "pending");

function placeOrder(command: Extract<OrderCommand, { type: "place_order" }>): readonly OrderEvent[] {
  const { order, atMs } = command;
  const time = timeOf(command);
  return [
    { ...time, type: "order_placed", order, giveUpAtMs: atMs + command.giveUpAfterMs },
    { ...time, type: "cart_validated", durationMs: 0 },
  ];
}

/**
 * A hold ends by itself, but never under a charge: an order that waits for another card has none under way, and of one that has
 * not charged yet, a charge of a run that died is voided first.
 */
function dueNow(state: OrderState, atMs: number): readonly Untimed<OrderEvent>[] {
  if (atMs < state.giveUpAtMs) return [];
  if (nextStep(state)?.kind === "process_payment" && state.cancellation === null) {
    const failure = { code: "payment_unavailable", detail: "The hold ended before the payment was made." } as const;
    return [{ type: "payment_given_up", step: "process_payment", failure }];
  }
  if (!awaitsPayment(state)) return [];
  const detail = `The card was refused (${state.payment.declineReason ?? "no reason given"}), and no other one came before the hold ended.`;
  return [{ type: "hold_expired", failure: { code: "payment_declined", detail } }];
}

function decideChange(state: OrderState, command: Extract<OrderCommand, ChangeCommand>): ChangeDecision {
  switch (command.type) {
    case "request_cancel":
      return decideCancel(state, command);
    case "change_payment_method":
      return decideAnotherCard(state, command);
    case "request_refund":
      return decideRefundRequest(state, command);
    case "fulfil_items":
      return decideFulfil(state, command);
    case "request_return":
      return decideReturnRequest(state, command);
    case "refund_stray":
      return decideStray(state, command);
    default:
      return unreachable(command);
  }
}

function outcomeOf(state: OrderState, report: Report): Untimed<OrderEvent> {
  switch (report.type) {
    case "record_reservation":
      return decideReservation(state, report.results, report.atMs);
    case "record_charge":
      return decideCharge(state, report.result, report.atMs);
    case "record_look_up":
      return decideLookUp(state, report.result, report.atMs);
    case "record_void":
      return decideVoid(report.result);
    case "record_release":
      return decideRelease(state, report.results);
    case "record_refund":
      return decideRefund(report.operationId, report.result);
    case "record_restock":
      return { type: report.restocked ? "return_restocked" : "return_unknown", operationId: report.operationId };
    default:
      return unreachable(report);
  }
}

interface Settling {
  readonly events: readonly Untimed<OrderEvent>[];
  readonly time: EventTime;
  readonly idle: boolean;
}

/** The events, each followed by what is true at once because of it. */
function settle(state: OrderState, { events, time, idle }: Settling): Decision {
  const timed: OrderEvent[] = events.map((event) => ({ ...time, ...event }));
  let after = timed.reduce(evolveOn, state);
  for (let next = followUp(after, idle); next !== null; next = followUp(after, idle)) {
    const event: OrderEvent = { ...time, durationMs: 0, ...next };
    timed.push(event);
    after = evolve(after, event);
  }
  return { ok: true, state: after, events: timed, effect: nextStep(after) };
}

const evolveOn = (state: OrderState, event: OrderEvent): OrderState => evolve(state, event);

/** The first events of an order; nothing follows from them by itself. */
function accept(events: readonly OrderEvent[]): Decision {
  const state = events.reduce<OrderState | null>(evolve, null);
  if (state === null) return misplaced("no_such_order");
  return { ok: true, state, events, effect: nextStep(state) };
}
