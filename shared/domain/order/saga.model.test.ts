/**
 * The saga against a model of the world: stock actors and a provider that do their work and lose their answers, and an
 * order actor that crashes between its commits. Whatever happens, when the faults stop the order settles, and then
 * either everything is paid once and sold, or nothing is held and nothing was taken.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { decide, type OrderCommand } from "./decide.ts";
import type { ReservationResult } from "./events.ts";
import { giveUpAfterMs, placedOrder } from "./fixtures.ts";
import { nextStep, retryDelayMs, type Step } from "./next-step.ts";
import { isSettled, type OrderState } from "./state.ts";

type Fault = "none" | "lost before" | "lost after" | "crash after";

const faults = fc.array(fc.constantFrom<Fault>("none", "none", "lost before", "lost after", "crash after"), { maxLength: 40 });
const shops = fc.record({
  stock: fc.record({ A: fc.integer({ min: -1, max: 4 }), B: fc.integer({ min: -1, max: 4 }) }),
  card: fc.constantFrom("captured", "declined", "unknown_payment_method"),
  expectedTotalMinor: fc.constantFrom(null, 1300, 1),
  faults,
  /** Ms between two tries: fast enough to succeed, or slow enough to give up. */
  pace: fc.constantFrom(100, giveUpAfterMs / 4),
});
type Shop = typeof shops extends fc.Arbitrary<infer Value> ? Value : never;

class World {
  readonly holds = new Map<string, "held" | "released">();
  captures = 0;
  readonly #shop: Shop;

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  reserve(sku: string, quantity: number): ReservationResult {
    const hold = this.holds.get(sku);
    if (hold === "released") return { sku, kind: "conflict" };
    const onHand = this.#shop.stock[sku as "A" | "B"];
    if (onHand < 0) return { sku, kind: "unknown_sku" };
    if (hold === undefined && onHand < quantity) return { sku, kind: "out_of_stock", available: onHand };
    this.holds.set(sku, "held");
    return { sku, kind: "held", name: sku, unitPriceMinor: sku === "A" ? 500 : 300, currency: "EUR" };
  }

  charge(): Extract<OrderCommand, { type: "record_charge" }>["result"] {
    if (this.#shop.card === "declined") return { kind: "declined", reason: "card_declined" };
    if (this.#shop.card === "unknown_payment_method") return { kind: "unknown_payment_method" };
    // Idempotent by the charge's id: a second one is the first.
    this.captures = 1;
    return { kind: "captured", reference: "ch_1" };
  }

  lookUp(): Extract<OrderCommand, { type: "record_look_up" }>["result"] {
    return this.captures === 1 ? { kind: "captured", reference: "ch_1" } : { kind: "not_charged" };
  }
}

type Untimed = OrderCommand extends infer Command
  ? Command extends OrderCommand
    ? Omit<Command, "atMs" | "durationMs" | "cause">
    : never
  : never;

/** The step's report, with its fault: the work may have been done though the answer was lost. */
function perform(step: Step, world: World, fault: Fault): Untimed {
  const lostBefore = fault === "lost before";
  const answer = <Reply, Lost>(work: () => Reply, lost: Lost): Reply | Lost => {
    if (lostBefore) return lost;
    const reply = work();
    return fault === "lost after" ? lost : reply;
  };
  switch (step.kind) {
    case "reserve_inventory":
      return {
        type: "record_reservation",
        results: step.lines.map(({ sku, quantity }) => answer(() => world.reserve(sku, quantity), { sku, kind: "unknown" as const })),
      };
    case "process_payment":
      return { type: "record_charge", result: answer(() => world.charge(), { kind: "unknown" as const }) };
    case "look_up_payment":
      return { type: "record_look_up", result: answer(() => world.lookUp(), { kind: "unknown" as const }) };
    case "release_inventory":
      return {
        type: "record_release",
        results: step.lines.map(({ sku }) =>
          answer(() => (world.holds.set(sku, "released"), { sku, kind: "released" as const }), { sku, kind: "unknown" as const }),
        ),
      };
  }
}

/** Runs the order to its end as the actor does, with the same commits; each step takes the next fault, then none. */
function run(shop: Shop, world: World): OrderState {
  const order = { ...placedOrder, expectedTotalMinor: shop.expectedTotalMinor };
  let clock = 0;
  const placed = decide(null, { type: "place_order", order, giveUpAfterMs, atMs: clock, durationMs: 0, cause: "test" });
  if (!placed.ok) throw new Error(placed.code);
  let durable = placed.state;
  let live = durable;
  for (let turn = 0; ; turn++) {
    if (turn > 400) throw new Error(`no end: ${JSON.stringify(live)}`);
    const step = nextStep(live);
    if (step === null) return live;
    if (step.kind === "release_inventory") durable = live;
    const fault = shop.faults[turn] ?? "none";
    const report = perform(step, world, fault);
    clock += shop.pace;
    const decision = decide(live, { ...report, atMs: clock, durationMs: shop.pace, cause: "test" });
    if (!decision.ok) throw new Error(decision.code);
    live = fault === "crash after" ? durable : decision.state;
    if (retryDelayMs(live.attempts) > 0) durable = live;
  }
}

it("the saga settles, and is paid once and sold, or holds nothing and took nothing", () => {
  fc.assert(
    fc.property(shops, (shop) => {
      const world = new World(shop);
      const state = run(shop, world);
      expect(isSettled(state)).toBe(true);
      const held = [...world.holds.values()].filter((hold) => hold === "held").length;
      if (state.status === "confirmed") {
        expect({ held, captures: world.captures, amount: state.payment.amountMinor }).toEqual({ held: 2, captures: 1, amount: 1300 });
      } else {
        expect({ held, captures: world.captures, failed: state.failure !== null }).toEqual({ held: 0, captures: 0, failed: true });
      }
    }),
    { numRuns: 20_000 },
  );
});
