/** Orders in every state, made by the saga itself, for tests. */
import { chargeMayLandForMs } from "./decide-payment.ts";
import { decide, type OrderCommand } from "./decide.ts";
import type { EventTime, PlacedOrder, ReservationResult } from "./events.ts";
import type { OrderState } from "./state.ts";

export const giveUpAfterMs = 900_000;
export const atMs = 1_000;
export const time: EventTime = { atMs, durationMs: 5, cause: "test" };
/** A moment after the order has stopped waiting for steps that cannot be reached. */
export const late: EventTime = { ...time, atMs: atMs + giveUpAfterMs };

/** ... and after any charge that was ever sent must have landed. */
export const muchLater: EventTime = { ...late, atMs: late.atMs + chargeMayLandForMs };

export const placedOrder: PlacedOrder = {
  orderId: "ord_1",
  principalId: "customer",
  lines: [
    { sku: "A", quantity: 2 },
    { sku: "B", quantity: 1 },
  ],
  paymentMethod: "pm_card_visa",
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
  charge: (result: Extract<OrderCommand, { type: "record_charge" }>["result"]): OrderCommand => ({
    ...time,
    type: "record_charge",
    result,
  }),
  lookUp: (result: Extract<OrderCommand, { type: "record_look_up" }>["result"], when: EventTime = time): OrderCommand => ({
    ...when,
    type: "record_look_up",
    result,
  }),
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

const givenUp = [commands.place(), commands.reservation([held("A"), { sku: "B", kind: "unknown" }], late)];

/** One order in each place where the saga can stand. */
export const states = {
  "no order": null,
  cart_validated: given(commands.place()),
  pending_inventory: given(commands.place(), commands.reservation([held("A"), { sku: "B", kind: "unknown" }])),
  inventory_reserved: given(...reserved),
  "pending_payment, outcome unknown": given(...reserved, commands.charge({ kind: "unknown" })),
  "pending_payment, not charged": given(...reserved, commands.charge({ kind: "unknown" }), commands.lookUp({ kind: "not_charged" })),
  "compensating, outcome unknown": given(...givenUp),
  "pending_inventory, paid": given(...givenUp, commands.lookUp({ kind: "captured", reference: "ch_1" })),
  compensating: given(...reserved, commands.charge({ kind: "declined", reason: "card_declined" })),
  confirmed: given(...reserved, commands.charge({ kind: "captured", reference: "ch_1" })),
  failed: given(...reserved, commands.charge({ kind: "declined", reason: "card_declined" }), commands.release(["A", "B"])),
} as const satisfies Record<string, OrderState | null>;
