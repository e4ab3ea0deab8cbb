/** What a finished journey must have kept, and the journeys that fast-check makes up. */
import fc from "fast-check";
import { refundedMinor } from "../../shared/domain/order/after-sale.ts";
import type { ChangeCommand } from "../../shared/domain/order/decide-after-sale.ts";
import { wishes } from "../../shared/domain/order/fixtures.ts";
import type { OrderEvent } from "../../shared/domain/order/events.ts";
import type { Journey, JourneyPlan, StepFault, Turn } from "./journey.ts";

const one = [{ sku: "A", quantity: 1 }];
const changes: readonly (ChangeCommand | null)[] = [
  ...[null, null, null, null],
  wishes.cancel,
  wishes.anotherCard,
  { ...wishes.anotherCard, operationId: "op-pay-2" },
  wishes.refund(null),
  wishes.refund(300),
  wishes.refund(1_300, "op-refund-2"),
  wishes.fulfil(null),
  wishes.fulfil(one, "op-fulfil-2"),
  wishes.return(one),
  wishes.return([...one, { sku: "B", quantity: 1 }], "op-return-2"),
];
const faults: readonly StepFault[] = ["none", "none", "none", "lost before", "lost after", "one lost after", "late", "crash after"];

/** One number a turn: cheap to make by the million, and it shrinks. */
const turn: fc.Arbitrary<Turn> = fc.nat(faults.length * changes.length * 2 - 1).map((code) => {
  const rest = Math.floor(code / faults.length);
  return {
    fault: faults[code % faults.length] ?? "none",
    wish: changes[rest % changes.length] ?? null,
    during: rest >= changes.length,
  };
});

const plenty = Array<number>(14).fill(4);

export const journeyPlans: fc.Arbitrary<JourneyPlan> = fc.record({
  stock: fc.record({ A: fc.constantFrom(-1, 0, ...plenty), B: fc.constantFrom(-1, 0, ...plenty) }),
  cards: fc.tuple(
    fc.constantFrom("captured", "captured", "declined", "unknown_payment_method"),
    fc.constantFrom("captured", "captured", "declined"),
  ),
  refusesRefunds: fc.constantFrom(false, false, false, true),
  onDecline: fc.constantFrom("fail", "wait"),
  expectedTotalMinor: fc.constantFrom(...Array<null>(8).fill(null), 1300, 1),
  holdMs: fc.constant(900_000),
  // Fast enough to succeed, or slow enough to give up.
  paceMs: fc.constantFrom(100, 100, 225_000),
  turns: fc.array(turn, { maxLength: 24 }),
});

/** Every event there is, but the two that every order begins with: in many journeys each must happen. */
export const sometimes: readonly OrderEvent["type"][] = [
  ...(["inventory_reserved", "inventory_refused", "inventory_unknown", "inventory_given_up", "inventory_released"] as const),
  ...(["payment_captured", "payment_refused", "payment_awaited", "payment_unknown", "payment_given_up", "payment_voided"] as const),
  ...(["payment_method_changed", "hold_expired", "order_confirmed", "order_failed"] as const),
  ...(["cancel_requested", "cancellation_begun", "order_cancelled"] as const),
  ...(["refund_requested", "payment_refunded", "refund_refused", "refund_unknown", "order_refunded"] as const),
  ...(["items_fulfilled", "order_fulfilled", "return_requested", "return_restocked", "return_unknown"] as const),
];

const sold: ReadonlySet<string> = new Set(["confirmed", "fulfilled", "refunded"]);

/** @throws Error that names the promise which was broken. */
export function checkPromises({ state, world }: Journey, plan: JourneyPlan): void {
  must(state.payment.status !== "captured" || state.payment.amountMinor === world.capturedMinor, "the order knows what was captured");
  must(refundedMinor(state) === world.refundedMinor, "the order knows what was given back");
  const held = [...world.holds.values()].filter((hold) => hold === "held").length;
  must(held === 0, "nothing stays held");
  if (sold.has(state.status)) checkSale({ state, world });
  else checkNoSale({ state, world }, plan);
}

function checkSale({ state, world }: Pick<Journey, "state" | "world">): void {
  must(world.captures.size === 1 && world.capturedMinor === state.totalMinor, "a sale is paid once, and the total");
  for (const line of state.lines) {
    must(world.holds.get(line.sku) === "sold" && line.hold === "sold", "what is paid is sold");
    must(
      line.returned <= line.fulfilled && line.fulfilled <= line.quantity,
      "no more is shipped than sold, or comes back than was shipped",
    );
    must(backOnShelf(world, line.sku) === line.returned, "what came back is on the shelf");
  }
  must(
    (state.status === "refunded") === (state.totalMinor !== 0 && world.refundedMinor === state.totalMinor),
    "refunded is refunded whole",
  );
}

function checkNoSale({ state, world }: Pick<Journey, "state" | "world">, plan: JourneyPlan): void {
  must(state.status === "failed" || state.status === "cancelled", "what is not sold has failed or was cancelled");
  must((state.status === "failed") === (state.failure !== null), "a failure has a reason, and nothing else has");
  const kept = world.capturedMinor - world.refundedMinor;
  must(kept === 0 || (plan.refusesRefunds && state.status === "cancelled"), "no money is kept");
  for (const line of state.lines) {
    const all = world.holds.get(line.sku) !== "sold" || backOnShelf(world, line.sku) === line.quantity;
    must(all, "what is not sold is on the shelf");
  }
}

function backOnShelf(world: Journey["world"], sku: string): number {
  let units = 0;
  for (const [operation, quantity] of world.restocked) if (operation.endsWith(` ${sku}`)) units += quantity;
  return units;
}

function must(kept: boolean, promise: string): void {
  if (!kept) throw new Error(`broken: ${promise}`);
}
