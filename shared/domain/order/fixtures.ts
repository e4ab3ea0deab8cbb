/** Orders in every state, made by the saga itself, for tests. */
import type { ChangeCommand } from "./decide-after-sale.ts";
import { decide, type OrderCommand, type StepReport } from "./decide.ts";
import type { LineQuantity } from "./after-sale.ts";
import type { EventTime, PlacedOrder, ReservationResult } from "./events.ts";
import type { OrderState } from "./state.ts";

export const giveUpAfterMs = 900_000;
export const atMs = 1_000;
export const time: EventTime = { atMs, durationMs: 5, cause: "test" };
/** A moment after the order has stopped waiting for steps that cannot be reached. */
export const late: EventTime = { ...time, atMs: atMs + giveUpAfterMs };

export const placedOrder: PlacedOrder = {
  orderId: "ord_1",
  principalId: "customer",
  lines: [
    { sku: "A", quantity: 2 },
    { sku: "B", quantity: 1 },
  ],
  paymentMethod: "pm_card_visa",
  onDecline: "fail",
  expectedTotalMinor: null,
  metadata: { note: "gift" },
  requestId: "req-1",
  correlationId: "cor-1",
};

export const held = (sku: string, unitPriceMinor = 500, currency = "EUR"): ReservationResult => ({
  sku,
  kind: "held",
  name: `Product ${sku}`,
  unitPriceMinor,
  currency,
});
export const allHeld = [held("A"), held("B", 300)];

type ResultOf<Type extends StepReport["type"]> = Extract<StepReport, { readonly type: Type; readonly result: unknown }>["result"];

export const wishes = {
  cancel: { type: "request_cancel", operationId: "op-cancel", reason: "changed my mind" },
  anotherCard: { type: "change_payment_method", operationId: "op-pay", method: "pm_card_visa" },
  refund: (amountMinor: number | null, operationId = "op-refund"): ChangeCommand => ({
    type: "request_refund",
    operationId,
    amountMinor,
    reason: "broken",
  }),
  fulfil: (lines: readonly LineQuantity[] | null, operationId = "op-fulfil"): ChangeCommand => ({
    type: "fulfil_items",
    operationId,
    lines,
  }),
  return: (lines: readonly LineQuantity[], operationId = "op-return"): ChangeCommand => ({
    type: "request_return",
    operationId,
    lines,
    reason: null,
  }),
  stray: { type: "refund_stray", operationId: "op-stray", reference: "ch_stray", amountMinor: 1300 },
} as const;

export const commands = {
  place: (order: Partial<PlacedOrder> = {}): OrderCommand => ({
    ...time,
    type: "place_order",
    order: { ...placedOrder, ...order },
    giveUpAfterMs,
  }),
  reservation: (results: readonly ReservationResult[], when: EventTime = time): OrderCommand => ({
    ...when,
    type: "record_reservation",
    results,
  }),
  charge: (result: ResultOf<"record_charge">, when: EventTime = time): OrderCommand => ({ ...when, type: "record_charge", result }),
  lookUp: (result: ResultOf<"record_look_up">, when: EventTime = time): OrderCommand => ({ ...when, type: "record_look_up", result }),
  void: (result: ResultOf<"record_void">): OrderCommand => ({ ...time, type: "record_void", result }),
  refunded: (operationId: string, result: ResultOf<"record_refund"> = { kind: "refunded", reference: "re_1" }): OrderCommand => ({
    ...time,
    type: "record_refund",
    operationId,
    result,
  }),
  restocked: (operationId: string, restocked = true): OrderCommand => ({ ...time, type: "record_restock", operationId, restocked }),
  proceed: (when: EventTime = time): OrderCommand => ({ ...when, type: "proceed" }),
  change: (command: ChangeCommand): OrderCommand => ({ ...time, ...command }),
  release: (released: readonly string[], unknown: readonly string[] = []): OrderCommand => ({
    ...time,
    type: "record_release",
    results: [...released.map((sku) => ({ sku, kind: "released" as const })), ...unknown.map((sku) => ({ sku, kind: "unknown" as const }))],
  }),
};

/** The state after the commands; throws when one of them is refused. */
export function given(...given: readonly OrderCommand[]): OrderState {
  const state = given.reduce<OrderState | null>((before, command) => {
    const decision = decide(before, command);
    if (!decision.ok) throw new Error(`${command.type}: ${decision.code}`);
    return decision.state;
  }, null);
  if (state === null) throw new Error("no commands");
  return state;
}

const reserved = [commands.place(), commands.reservation(allHeld)];
const captured = { kind: "captured", reference: "ch_1" } as const;
const declined = { kind: "declined", reason: "card_declined" } as const;
const paid = [...reserved, commands.charge(captured)];
const givenUp = [commands.place(), commands.reservation([held("A"), { sku: "B", kind: "unknown" }], late)];
const waiting = [commands.place({ onDecline: "wait" }), commands.reservation(allHeld), commands.charge(declined)];
const shipped = [...paid, commands.change(wishes.fulfil(null))];
const cancelled = [...paid, commands.change(wishes.cancel), commands.proceed()];

/** One order in each place where the saga can stand. */
export const states = {
  "no order": null,
  cart_validated: given(commands.place()),
  pending_inventory: given(commands.place(), commands.reservation([held("A"), { sku: "B", kind: "unknown" }])),
  inventory_reserved: given(...reserved),
  "pending_payment, outcome unknown": given(...reserved, commands.charge({ kind: "unknown" })),
  "pending_payment, not charged": given(...reserved, commands.charge({ kind: "unknown" }), commands.lookUp({ kind: "not_charged" })),
  "pending_payment, waiting": given(...waiting),
  "inventory_reserved, another card": given(...waiting, commands.change(wishes.anotherCard)),
  "compensating, outcome unknown": given(...givenUp),
  "pending_inventory, paid": given(...givenUp, commands.void({ ...captured, amountMinor: 1300 })),
  compensating: given(...reserved, commands.charge(declined)),
  confirmed: given(...paid),
  failed: given(...reserved, commands.charge(declined), commands.release(["A", "B"])),
  "charging, cancel wanted": given(...reserved, commands.change(wishes.cancel)),
  "cancelling, outcome unknown": given(...reserved, commands.change(wishes.cancel), commands.proceed()),
  "cancelling, paid": given(...cancelled),
  "cancelling, refunding": given(...cancelled, commands.release(["A", "B"])),
  cancelled: given(...cancelled, commands.release(["A", "B"]), commands.refunded("op-cancel")),
  "confirmed, refunding": given(...paid, commands.change(wishes.refund(300))),
  "confirmed, refunded in part": given(...paid, commands.change(wishes.refund(300)), commands.refunded("op-refund")),
  "confirmed, shipped in part": given(...paid, commands.change(wishes.fulfil([{ sku: "A", quantity: 1 }]))),
  fulfilled: given(...shipped),
  "fulfilled, taking back": given(...shipped, commands.change(wishes.return([{ sku: "A", quantity: 1 }]))),
  refunded: given(...paid, commands.change(wishes.refund(null)), commands.refunded("op-refund")),
} as const satisfies Record<string, OrderState | null>;
