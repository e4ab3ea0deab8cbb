import { describe, expect, it } from "vitest";
import { decide, type OrderCommand } from "./decide.ts";
import { allHeld, commands, giveUpAfterMs, given, held, late, type placedOrder, states, wishes } from "./fixtures.ts";
import { nextStep, retryDelayMs } from "./next-step.ts";
import { awaitsPayment, isSettled, takenUpAgain, type OrderState } from "./state.ts";

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
  "look-up lost": commands.lookUp({ kind: "unknown" }),
  "look-up lost, too late": commands.lookUp({ kind: "unknown" }, late),
  "all released": commands.release(["A", "B"]),
  "one release lost": commands.release(["A"], ["B"]),
  voided: commands.void({ kind: "voided" }),
  "void: captured": commands.void({ kind: "captured", reference: "ch_1", amountMinor: 1300 }),
  "void lost": commands.void({ kind: "unknown" }),
  refunded: commands.refunded("op-refund"),
  "refunded, of the cancellation": commands.refunded("op-cancel"),
  "refund refused": commands.refunded("op-refund", { kind: "refused", reason: "the account is empty" }),
  "cancellation's refund refused": commands.refunded("op-cancel", { kind: "refused", reason: "the account is empty" }),
  "refund lost": commands.refunded("op-refund", { kind: "unknown" }),
  restocked: commands.restocked("op-return"),
  "restock lost": commands.restocked("op-return", false),
  proceed: commands.proceed(),
  "proceed, too late": commands.proceed(late),
  cancel: commands.change(wishes.cancel),
  "another card": commands.change(wishes.anotherCard),
  "refund of a part": commands.change(wishes.refund(300, "op-other")),
  "refund of all": commands.change(wishes.refund(null, "op-other")),
  "refund of too much": commands.change(wishes.refund(1301, "op-other")),
  "refund asked for again": commands.change(wishes.refund(300)),
  "ship all": commands.change(wishes.fulfil(null)),
  "ship a part": commands.change(wishes.fulfil([{ sku: "A", quantity: 1 }], "op-other")),
  "ship too much": commands.change(wishes.fulfil([{ sku: "A", quantity: 3 }], "op-other")),
  "return one": commands.change(wishes.return([{ sku: "A", quantity: 1 }])),
  "return too much": commands.change(wishes.return([{ sku: "A", quantity: 3 }], "op-other")),
  "stray money": commands.change(wishes.stray),
};

/** What a wish is refused with where the order is not for it; events where it is, `[]` where it has been granted before. */
const unpaid = {
  "refund of a part": "order_not_paid",
  "refund of all": "order_not_paid",
  "refund of too much": "order_not_paid",
  "refund asked for again": "order_not_paid",
  "ship all": "order_not_fulfillable",
  "ship a part": "order_not_fulfillable",
  "ship too much": "order_not_fulfillable",
  "return one": "quantity_not_available",
  "return too much": "quantity_not_available",
  "stray money": "order_not_paid",
  "another card": "order_not_payable",
  cancel: ["cancel_requested"],
  proceed: [],
  "proceed, too late": [],
};
const ended = { ...unpaid, cancel: "order_not_cancellable", "stray money": ["stray_capture_found", "refund_requested"] };
const sold = {
  ...unpaid,
  "refund of a part": ["refund_requested"],
  "refund of all": ["refund_requested"],
  "refund of too much": "refund_too_large",
  "refund asked for again": ["refund_requested"],
  "ship all": ["items_fulfilled", "order_fulfilled"],
  "ship a part": ["items_fulfilled"],
  "ship too much": "quantity_not_available",
};
const nothingLeft = {
  "refund of a part": "refund_too_large",
  "refund of all": "refund_too_large",
  "refund asked for again": "refund_too_large",
};
const unshippable = {
  "ship all": "order_not_fulfillable",
  "ship a part": "order_not_fulfillable",
  "ship too much": "order_not_fulfillable",
};
const refundOutcomes = { "refund refused": ["refund_refused"], "refund lost": ["refund_unknown"] };
/** Nothing is charged when the hold is over; a charge of a run that died is voided. */
const holdOver = { "proceed, too late": ["payment_given_up"] };
const cancelling = { ...unpaid, cancel: [] };

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

/**
 * What each state accepts, and the events it gives; a text is the code of a refused wish. What is not here is refused as
 * `not_expected`.
 */
const table: Record<StateName, Record<string, readonly string[] | string>> = {
  "no order": { place: ["order_placed", "cart_validated"] },
  cart_validated: { ...unpaid, ...reservationOutcomes },
  // A is held already, so only B's answer counts; A's hold is released when B is refused.
  pending_inventory: { ...unpaid, ...reservationOutcomes, "all out of stock": ["inventory_refused"] },
  inventory_reserved: { ...unpaid, ...chargeOutcomes, ...holdOver, "another card": "payment_in_progress" },
  "pending_payment, outcome unknown": {
    ...unpaid,
    "another card": "payment_in_progress",
    "look-up: captured": ["payment_captured", "order_confirmed"],
    "look-up: declined": ["payment_refused"],
    "look-up: unknown method": ["payment_refused"],
    "look-up: not charged": ["payment_unknown"],
    "look-up: not charged, too late": ["payment_given_up"],
    "look-up lost": ["payment_unknown"],
    "look-up lost, too late": ["payment_given_up"],
  },
  "pending_payment, not charged": { ...unpaid, ...chargeOutcomes, ...holdOver, "another card": "payment_in_progress" },
  "pending_payment, waiting": { ...unpaid, "another card": ["payment_method_changed"], "proceed, too late": ["hold_expired"] },
  "inventory_reserved, another card": {
    ...unpaid,
    ...holdOver,
    "another card": [],
    "charge captured": ["payment_captured", "order_confirmed"],
    "charge declined": ["payment_awaited"],
    "charge of an unknown method": ["payment_awaited"],
    "charge lost": ["payment_unknown"],
  },
  // It may yet go on, so it can be cancelled.
  "compensating, outcome unknown": {
    ...unpaid,
    voided: ["payment_voided"],
    // The money is there, so the order goes on.
    "void: captured": ["payment_captured"],
    "void lost": ["payment_unknown"],
  },
  "pending_inventory, paid": {
    ...unpaid,
    ...Object.fromEntries(Object.keys(reservationOutcomes).map((variant) => [variant, ["inventory_unknown"]])),
    "all held": ["inventory_reserved", "order_confirmed"],
  },
  compensating: {
    ...unpaid,
    cancel: "order_not_cancellable",
    "all released": ["inventory_released", "order_failed"],
    "one release lost": ["inventory_released"],
  },
  confirmed: sold,
  failed: ended,
  // The charge that was under way when the wish came is heard first.
  "charging, cancel wanted": {
    ...cancelling,
    proceed: ["cancellation_begun"],
    "proceed, too late": ["cancellation_begun"],
    "charge captured": ["payment_captured", "cancellation_begun", "refund_requested"],
    "charge declined": ["payment_refused", "cancellation_begun"],
    "charge of an unknown method": ["payment_refused", "cancellation_begun"],
    "charge lost": ["payment_unknown", "cancellation_begun"],
  },
  "cancelling, outcome unknown": {
    ...cancelling,
    voided: ["payment_voided"],
    "void: captured": ["payment_captured", "refund_requested"],
    "void lost": ["payment_unknown"],
  },
  "cancelling, paid": {
    ...cancelling,
    ...nothingLeft,
    "refund of too much": "refund_too_large",
    "all released": ["inventory_released"],
    "one release lost": ["inventory_released"],
    "refunded, of the cancellation": ["payment_refunded"],
    "cancellation's refund refused": ["refund_refused"],
  },
  "cancelling, refunding": {
    ...cancelling,
    ...nothingLeft,
    "refund of too much": "refund_too_large",
    "refunded, of the cancellation": ["payment_refunded", "order_cancelled"],
    "cancellation's refund refused": ["refund_refused", "order_cancelled"],
  },
  cancelled: { ...cancelling, ...nothingLeft, "refund of too much": "refund_too_large" },
  "confirmed, refunding": {
    ...sold,
    ...refundOutcomes,
    "refund asked for again": [],
    refunded: ["payment_refunded"],
  },
  "confirmed, refunded in part": { ...sold, "refund asked for again": [] },
  "confirmed, shipped in part": {
    ...sold,
    cancel: "order_fulfilled",
    // "ship all" is the request that shipped the part, asked again.
    "ship all": [],
    "return one": ["return_requested"],
  },
  fulfilled: {
    ...sold,
    ...unshippable,
    "ship all": [],
    cancel: "order_fulfilled",
    "return one": ["return_requested"],
  },
  "fulfilled, taking back": {
    ...sold,
    ...unshippable,
    "ship all": [],
    cancel: "order_fulfilled",
    "return one": [],
    restocked: ["return_restocked"],
    "restock lost": ["return_unknown"],
  },
  refunded: { ...sold, ...nothingLeft, ...unshippable, "refund asked for again": [] },
};

describe("decide: every state meets every command", () => {
  for (const [name, state] of Object.entries(states) as [StateName, OrderState | null][]) {
    for (const [variant, command] of Object.entries(variants)) {
      it(`${name} / ${variant}`, () => {
        const decision = decide(state, command);
        const expected = table[name][variant];
        if (expected === undefined) {
          const code = state === null ? "no_such_order" : command.type === "place_order" ? "order_exists" : "not_expected";
          expect(decision).toMatchObject({ ok: false, code });
        } else if (typeof expected === "string") {
          expect(decision).toMatchObject({ ok: false, code: expected });
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
    "pending_payment, waiting": null,
    "inventory_reserved, another card": "process_payment",
    "compensating, outcome unknown": "void_payment",
    "pending_inventory, paid": "reserve_inventory",
    compensating: "release_inventory",
    confirmed: null,
    failed: null,
    "charging, cancel wanted": "process_payment",
    "cancelling, outcome unknown": "void_payment",
    "cancelling, paid": "release_inventory",
    "cancelling, refunding": "refund_payment",
    cancelled: null,
    "confirmed, refunding": "refund_payment",
    "confirmed, refunded in part": null,
    "confirmed, shipped in part": null,
    fulfilled: null,
    "fulfilled, taking back": "restock_inventory",
    refunded: null,
  };
  for (const [name, step] of Object.entries(expected) as [Exclude<StateName, "no order">, string | null][]) {
    it(`${name}: ${step ?? "nothing"}`, () => {
      expect(nextStep(states[name])?.kind ?? null).toBe(step);
      expect(isSettled(states[name])).toBe(step === null && !awaitsPayment(states[name]));
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
  it("of the amount does not wait for another card, and does not blame the card", () => {
    const refusal = { kind: "declined", reason: "amount_not_accepted" } as const;
    for (const command of [commands.charge(refusal), commands.lookUp(refusal)]) {
      const before = command.type === "record_charge" ? [] : [commands.charge({ kind: "unknown" })];
      const state = given(commands.place({ onDecline: "wait" }), commands.reservation(allHeld), ...before, command);
      expect(state).toMatchObject({ status: "compensating", payment: { status: "declined", declineReason: "amount_not_accepted" } });
      expect(state.failure).toEqual({ code: "payment_declined", detail: "The amount was refused: amount_not_accepted." });
      expect(nextStep(state)).toMatchObject({ kind: "release_inventory", lines: [{ sku: "A" }, { sku: "B" }] });
    }
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

describe("decide: refunds", () => {
  it("no more than ten are under way at once, which bounds an event; those that were refused do not count", () => {
    const paid = [commands.place(), commands.reservation(allHeld), commands.charge({ kind: "captured", reference: "ch_1" })];
    const asked = Array.from({ length: 10 }, (_, index) => commands.change(wishes.refund(1, `op-${index}`)));
    const another = commands.change(wishes.refund(1, "op-another"));
    expect(decide(given(...paid, ...asked), another)).toMatchObject({ ok: false, code: "too_many_changes" });
    const refused = commands.refunded("op-0", { kind: "refused", reason: "no" });
    expect(decide(given(...paid, ...asked, refused), another)).toMatchObject({ ok: true });
  });
});

describe("decide: shipping", () => {
  it.each([
    ["inventory_reserved", "The order is inventory_reserved."],
    ["charging, cancel wanted", "The order is being cancelled."],
    ["cancelling, refunding", "The order is being cancelled."],
    ["cancelled", "The order is cancelled."],
    ["fulfilled", "The order is fulfilled."],
    ["refunded", "The order is refunded."],
  ] as const)("%s: %s", (name, detail) => {
    const ship = commands.change(wishes.fulfil(null, "op-late"));
    expect(decide(states[name], ship)).toEqual({ ok: false, code: "order_not_fulfillable", detail });
  });
  it("is refused while all of the money is on its way back, and goes on when the provider has refused that", () => {
    const paid = [commands.place(), commands.reservation(allHeld), commands.charge({ kind: "captured", reference: "ch_1" })];
    const refunding = given(...paid, commands.change(wishes.refund(null)));
    expect(decide(refunding, commands.change(wishes.fulfil(null)))).toMatchObject({ ok: false, code: "order_not_fulfillable" });
    const refused = given(...paid, commands.change(wishes.refund(null)), commands.refunded("op-refund", { kind: "refused", reason: "no" }));
    expect(decide(refused, commands.change(wishes.fulfil(null)))).toMatchObject({ ok: true });
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
