import { describe, expect, it } from "vitest";
import { decide, type OrderCommand } from "./decide.ts";
import { allHeld, commands, giveUpAfterMs, given, held, late, muchLater, type placedOrder, states } from "./fixtures.ts";
import { nextStep, retryDelayMs } from "./next-step.ts";
import { isSettled, takenUpAgain, type OrderState } from "./state.ts";

type StateName = keyof typeof states;

/** Every command in every variant that a step can report. */
const variants: Record<string, OrderCommand> = {
  place: commands.place(),
  "all held": commands.reservation(allHeld),
  "one out of stock": commands.reservation([held("A"), { sku: "B", kind: "out_of_stock", available: 0 }]),
  "all out of stock": commands.reservation([
    { sku: "A", kind: "out_of_stock", available: 1 },
    { sku: "B", kind: "out_of_stock", available: 0 },
  ]),
  "one SKU unknown": commands.reservation([held("A"), { sku: "B", kind: "unknown_sku" }]),
  "a hold gone": commands.reservation([held("A"), { sku: "B", kind: "conflict" }]),
  "an answer lost": commands.reservation([held("A"), { sku: "B", kind: "unknown" }]),
  "an answer lost, too late": commands.reservation([held("A"), { sku: "B", kind: "unknown" }], late),
  "no answers": commands.reservation([]),
  "charge captured": commands.charge({ kind: "captured", reference: "ch_1" }),
  "charge declined": commands.charge({ kind: "declined", reason: "insufficient_funds" }),
  "charge of an unknown method": commands.charge({ kind: "unknown_payment_method" }),
  "charge lost": commands.charge({ kind: "unknown" }),
  "look-up: captured": commands.lookUp({ kind: "captured", reference: "ch_1" }),
  "look-up: declined": commands.lookUp({ kind: "declined", reason: "card_declined" }),
  "look-up: unknown method": commands.lookUp({ kind: "unknown_payment_method" }),
  "look-up: not charged": commands.lookUp({ kind: "not_charged" }),
  "look-up: not charged, too late": commands.lookUp({ kind: "not_charged" }, late),
  "look-up: not charged, and nothing can land": commands.lookUp({ kind: "not_charged" }, muchLater),
  "look-up lost": commands.lookUp({ kind: "unknown" }),
  "look-up lost, too late": commands.lookUp({ kind: "unknown" }, late),
  "all released": commands.release(["A", "B"]),
  "one release lost": commands.release(["A"], ["B"]),
};

const reservationOutcomes = {
  "all held": ["inventory_reserved"],
  "one out of stock": ["inventory_refused"],
  "all out of stock": ["inventory_refused", "order_failed"],
  "one SKU unknown": ["inventory_refused"],
  "a hold gone": ["inventory_refused"],
  "an answer lost": ["inventory_unknown"],
  "an answer lost, too late": ["inventory_given_up"],
  "no answers": ["inventory_unknown"],
};
const chargeOutcomes = {
  "charge captured": ["payment_captured", "order_confirmed"],
  "charge declined": ["payment_refused"],
  "charge of an unknown method": ["payment_refused"],
  "charge lost": ["payment_unknown"],
};

/** What each state accepts, and the events it gives; everything that is not here is refused as `not_expected`. */
const table: Record<StateName, Record<string, readonly string[]>> = {
  "no order": { place: ["order_placed", "cart_validated"] },
  cart_validated: reservationOutcomes,
  // A is held already, so only B's answer counts; A's hold is released when B is refused.
  pending_inventory: { ...reservationOutcomes, "all out of stock": ["inventory_refused"] },
  inventory_reserved: chargeOutcomes,
  "pending_payment, outcome unknown": {
    "look-up: captured": ["payment_captured", "order_confirmed"],
    "look-up: declined": ["payment_refused"],
    "look-up: unknown method": ["payment_refused"],
    "look-up: not charged": ["payment_unknown"],
    "look-up: not charged, too late": ["payment_refused"],
    "look-up: not charged, and nothing can land": ["payment_refused"],
    "look-up lost": ["payment_unknown"],
    "look-up lost, too late": ["payment_unknown"],
  },
  "pending_payment, not charged": chargeOutcomes,
  "compensating, outcome unknown": {
    "look-up: captured": ["payment_captured"],
    "look-up: declined": ["payment_refused"],
    "look-up: unknown method": ["payment_refused"],
    // The charge of a run that died may still be on its way.
    "look-up: not charged": ["payment_unknown"],
    "look-up: not charged, too late": ["payment_unknown"],
    "look-up: not charged, and nothing can land": ["payment_refused"],
    "look-up lost": ["payment_unknown"],
    "look-up lost, too late": ["payment_unknown"],
  },
  "pending_inventory, paid": {
    ...Object.fromEntries(Object.keys(reservationOutcomes).map((variant) => [variant, ["inventory_unknown"]])),
    "all held": ["inventory_reserved", "order_confirmed"],
  },
  compensating: { "all released": ["inventory_released", "order_failed"], "one release lost": ["inventory_released"] },
  confirmed: {},
  failed: {},
};

describe("decide: every state meets every command", () => {
  for (const [name, state] of Object.entries(states) as [StateName, OrderState | null][]) {
    for (const [variant, command] of Object.entries(variants)) {
      it(`${name} / ${variant}`, () => {
        const decision = decide(state, command);
        const expected = table[name][variant];
        if (expected === undefined) {
          const code = state === null ? "no_such_order" : command.type === "place_order" ? "order_exists" : "not_expected";
          expect(decision).toEqual({ ok: false, code });
        } else {
          expect(decision.ok && decision.events.map((event) => event.type)).toEqual(expected);
        }
      });
    }
  }
});

describe("nextStep", () => {
  const expected: Record<Exclude<StateName, "no order">, string | null> = {
    cart_validated: "reserve_inventory",
    pending_inventory: "reserve_inventory",
    inventory_reserved: "process_payment",
    "pending_payment, outcome unknown": "look_up_payment",
    "pending_payment, not charged": "process_payment",
    "compensating, outcome unknown": "look_up_payment",
    "pending_inventory, paid": "reserve_inventory",
    compensating: "release_inventory",
    confirmed: null,
    failed: null,
  };
  for (const [name, step] of Object.entries(expected) as [Exclude<StateName, "no order">, string | null][]) {
    it(`${name}: ${step ?? "nothing"}`, () => {
      expect(nextStep(states[name])?.kind ?? null).toBe(step);
      expect(isSettled(states[name])).toBe(step === null);
    });
  }

  it("asks again only for the lines that are not held", () => {
    const step = nextStep(states.pending_inventory);
    expect(step?.kind === "reserve_inventory" && step.lines.map((line) => line.sku)).toEqual(["B"]);
  });
});

describe("decide: the cart's price", () => {
  const place = (order: Partial<typeof placedOrder>) => commands.place(order);
  const outcome = (order: Partial<typeof placedOrder>, results = allHeld): OrderState => given(place(order), commands.reservation(results));

  it("adds up what the stock actors answered", () => {
    expect(outcome({})).toMatchObject({ totalMinor: 1300, currency: "EUR", status: "inventory_reserved" });
  });
  it("accepts the total the client expected", () => {
    expect(outcome({ expectedTotalMinor: 1300 }).failure).toBeNull();
  });
  it("refuses another total than the client expected, and releases everything", () => {
    const state = outcome({ expectedTotalMinor: 1299 });
    expect(state).toMatchObject({ status: "compensating", failure: { code: "price_changed" } });
    expect(nextStep(state)).toMatchObject({ kind: "release_inventory", lines: [{ sku: "A" }, { sku: "B" }] });
  });
  it("refuses two currencies in one order", () => {
    expect(outcome({}, [held("A", 1, "EUR"), held("B", 1, "USD")]).failure?.code).toBe("currency_mismatch");
  });
  it("refuses a total above 2^53 - 1 without rounding", () => {
    const max = Number.MAX_SAFE_INTEGER;
    expect(outcome({}, [held("A", (max - 1) / 2), held("B", 1)]).totalMinor).toBe(max);
    expect(outcome({}, [held("A", (max - 1) / 2), held("B", 2)]).failure?.code).toBe("total_too_large");
  });
  it("charges the price of the hold, whatever the second answer says", () => {
    const state = given(
      commands.place(),
      commands.reservation([held("A", 500), { sku: "B", kind: "unknown" }]),
      commands.reservation([held("A", 9), held("B", 300)]),
    );
    expect(state.totalMinor).toBe(1300);
  });
});

describe("decide: a refusal", () => {
  it("names the lines and what is left", () => {
    const state = given(commands.place(), commands.reservation([held("A"), { sku: "B", kind: "out_of_stock", available: 0 }]));
    expect(state.failure).toEqual({ code: "out_of_stock", detail: "Not enough of B.", lines: [{ sku: "B", requested: 1, available: 0 }] });
  });
  it("says unknown_sku before out_of_stock", () => {
    const state = given(
      commands.place(),
      commands.reservation([
        { sku: "A", kind: "out_of_stock", available: 0 },
        { sku: "B", kind: "unknown_sku" },
      ]),
    );
    expect(state.failure?.code).toBe("unknown_sku");
  });
  it("after a lost answer releases the refused line too, for the lost call may still arrive", () => {
    const lost = commands.reservation([
      { sku: "A", kind: "unknown" },
      { sku: "B", kind: "unknown" },
    ]);
    const refused = commands.reservation([
      { sku: "A", kind: "out_of_stock", available: 0 },
      { sku: "B", kind: "out_of_stock", available: 0 },
    ]);
    const step = nextStep(given(commands.place(), lost, refused));
    expect(step?.kind === "release_inventory" && step.lines.map((line) => line.sku)).toEqual(["A", "B"]);
  });
  it("of an order taken up again after a crash releases every line, for the run that died may have asked for it", () => {
    const refused = commands.reservation([
      { sku: "A", kind: "out_of_stock", available: 0 },
      { sku: "B", kind: "out_of_stock", available: 0 },
    ]);
    const decision = decide(takenUpAgain(states.cart_validated), refused);
    expect(decision.ok && decision.effect).toMatchObject({ kind: "release_inventory", lines: [{ sku: "A" }, { sku: "B" }] });
    for (const state of [states.inventory_reserved, states.compensating, states.confirmed]) expect(takenUpAgain(state)).toBe(state);
  });
  it("keeps releasing until every line is released", () => {
    const state = given(
      commands.place(),
      commands.reservation(allHeld),
      commands.charge({ kind: "declined", reason: "card_declined" }),
      commands.release(["A"], ["B"]),
    );
    expect(nextStep(state)).toMatchObject({ kind: "release_inventory", lines: [{ sku: "B" }] });
  });
});

describe("retryDelayMs", () => {
  it("retries once at once, then doubles from a second to a minute", () => {
    expect([0, 1, 2, 3, 4, 8, 60, 5_000].map(retryDelayMs)).toEqual([0, 0, 1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
  });
  it("is reached before the order gives up", () => {
    expect(retryDelayMs(5_000)).toBeLessThan(giveUpAfterMs);
  });
});
