import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { examineMoney } from "./examine-money.ts";
import { examineOrder } from "./examine-order.ts";
import { examineStock } from "./examine-stock.ts";
import { auditRules, persisting, type AuditRule, type Examination } from "./finding.ts";
import { anOrderId, nowMs, soundOrder, surroundingsOf, type Ending } from "./fixtures.ts";
import type { CaptureReading, OrderReading, StockReading } from "./readings.ts";
import { parseStuckId } from "./stuck-id.ts";
import { overdueAfterMs, undeliveredAfterMs, type OrderSurroundings } from "./surroundings.ts";

const endings: readonly Ending[] = ["confirmed", "fulfilled", "refunded", "failed", "cancelled", "cancelled_after_sale"];
const met = new Set<AuditRule>();

const rulesOf = (examination: Examination): AuditRule[] => {
  for (const { rule } of examination.disagreements) met.add(rule);
  return examination.disagreements.map(({ rule }) => rule);
};

test("examineOrder and examineMoney find nothing in an order that ended well, whichever end it was", () => {
  const anEnding = fc.record({
    ending: fc.constantFrom(...endings),
    quantities: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 5 }),
    returned: fc.nat({ max: 5 }),
    refundedMinor: fc.nat({ max: 3_000 }),
  });
  fc.assert(
    fc.property(anEnding, ({ ending, ...options }) => {
      const sound = soundOrder(ending, options);
      const examination = examineOrder(surroundingsOf(sound), nowMs);
      expect(examination).toMatchObject({ subject: anOrderId, version: 4, inFlight: false, disagreements: [], stuck: [] });
      const money = examineMoney({ orderId: anOrderId, order: sound.order, captures: sound.captures, complete: true });
      expect(money).toMatchObject({ inFlight: false, disagreements: [], stuck: [] });
    }),
  );
});

interface Plant {
  readonly what: string;
  readonly ending: Ending;
  readonly spoil: (around: OrderSurroundings) => Partial<OrderSurroundings>;
  readonly rule: AuditRule;
  readonly says: string;
  /** Kinds of stuck items that come with it. */
  readonly stuck?: readonly string[];
}

const withOrder = (change: (order: OrderReading) => Partial<OrderReading>) => (around: OrderSurroundings) => ({
  order: around.order === null ? null : { ...around.order, ...change(around.order) },
});
const withHold =
  (change: object) =>
  ({ holds }: OrderSurroundings) => ({ holds: holds.map((hold, index) => (index === 0 ? { ...hold, ...change } : hold)) });
const withRecord =
  (change: object) =>
  ({ record }: OrderSurroundings) => ({ record: record == null ? record : { ...record, ...change } });

const withDetails =
  (change: object) =>
  ({ record }: OrderSurroundings) => ({ record: record == null ? record : { ...record, details: { ...record.details, ...change } } });

const plants: readonly Plant[] = [
  {
    what: "a sale without a hold",
    ending: "confirmed",
    spoil: ({ holds }) => ({ holds: holds.slice(1) }),
    rule: "sold_line_has_committed_hold",
    says: "2 committed of SKU-1, and the stock actor has no hold",
  },
  {
    what: "a sale whose hold is still a hold",
    ending: "confirmed",
    spoil: withHold({ state: "held" }),
    rule: "sold_line_has_committed_hold",
    says: "a held hold",
    stuck: ["dead_hold"],
  },
  {
    what: "a sale whose hold was released",
    ending: "fulfilled",
    spoil: withHold({ state: "released" }),
    rule: "sold_line_has_committed_hold",
    says: "a released hold",
  },
  {
    what: "a sale of another quantity",
    ending: "confirmed",
    spoil: withHold({ quantity: 3 }),
    rule: "sold_line_has_committed_hold",
    says: "3 committed",
  },
  {
    what: "units that came back and were not told",
    ending: "confirmed",
    spoil: withHold({ returned: 1 }),
    rule: "sold_line_has_committed_hold",
    says: "2 committed, 1 back",
  },
  {
    what: "a cancelled sale that was not taken back",
    ending: "cancelled_after_sale",
    spoil: withHold({ returned: 0 }),
    rule: "sold_line_has_committed_hold",
    says: "2 committed, 2 back of SKU-1",
  },
  {
    what: "a hold of a failed order",
    ending: "failed",
    spoil: withHold({ state: "held" }),
    rule: "live_hold_has_open_order",
    says: "2 of SKU-1 are still held",
    stuck: ["dead_hold"],
  },
  {
    what: "a sale of a failed order",
    ending: "failed",
    spoil: withHold({ state: "committed" }),
    rule: "committed_hold_has_sold_line",
    says: "does not count SKU-1 as sold",
  },
  {
    what: "a hold under a line that there is not",
    ending: "confirmed",
    spoil: ({ holds }) => ({
      holds: [
        ...holds,
        { sku: "SKU-1", shard: 0, reservationId: `${anOrderId}:9`, quantity: 7, returned: 0, state: "held", updatedAtMs: nowMs },
      ],
    }),
    rule: "live_hold_has_open_order",
    says: "7 of SKU-1",
    stuck: ["dead_hold"],
  },
  {
    what: "a hold of an order that does not exist",
    ending: "failed",
    spoil: (around) => ({ ...withHold({ state: "held" })(around), order: null, record: null }),
    rule: "live_hold_has_open_order",
    says: "which does not exist",
    stuck: ["dead_hold"],
  },
  {
    what: "a sale of an order that does not exist",
    ending: "failed",
    spoil: (around) => ({ ...withHold({ state: "committed" })(around), order: null, record: null }),
    rule: "committed_hold_has_sold_line",
    says: "which does not exist",
  },
  {
    what: "a row of an order that does not exist",
    ending: "failed",
    spoil: () => ({ order: null }),
    rule: "record_has_order",
    says: "its actor does not have it",
  },
  {
    what: "an order without a row",
    ending: "confirmed",
    spoil: () => ({ record: null }),
    rule: "record_equals_order",
    says: "the row is missing",
  },
  {
    what: "a row of another version",
    ending: "confirmed",
    spoil: withRecord({ version: 3 }),
    rule: "record_equals_order",
    says: "version is 3, and should be 4",
  },
  {
    what: "a row of another status",
    ending: "confirmed",
    spoil: withRecord({ status: "failed" }),
    rule: "record_equals_order",
    says: "status is failed, and should be confirmed",
  },
  {
    what: "a row of another total",
    ending: "confirmed",
    spoil: withRecord({ totalMinor: 1 }),
    rule: "record_equals_order",
    says: "total is 1, and should be 3000",
  },
  {
    what: "a row with another price",
    ending: "confirmed",
    spoil: withDetails({ prices: [1_000, 999] }),
    rule: "record_equals_order",
    says: "prices is 1000, 999, and should be 1000, 1000",
  },
  {
    what: "a refund's row that says something else",
    ending: "refunded",
    spoil: withDetails({ refunds: [] }),
    rule: "record_equals_order",
    says: "refunds is ",
  },
  {
    what: "a row without its failure",
    ending: "failed",
    spoil: withDetails({ failure: null }),
    rule: "record_equals_order",
    says: "failure is none, and should be payment_declined",
  },
  {
    what: "a journal with a hole",
    ending: "confirmed",
    spoil: withDetails({ journalEntries: 4 }),
    rule: "record_equals_order",
    says: "journal entries is 4, and should be 5",
  },
  {
    what: "a row of another currency",
    ending: "confirmed",
    spoil: withRecord({ currency: "USD" }),
    rule: "record_equals_order",
    says: "currency is USD",
  },
  {
    what: "a row of another customer",
    ending: "confirmed",
    spoil: withRecord({ principalId: "eve" }),
    rule: "record_equals_order",
    says: "principal is eve",
  },
  {
    what: "a missing item",
    ending: "confirmed",
    spoil: withRecord({ items: [] }),
    rule: "record_equals_order",
    says: "items is , and should be SKU-1 2/0/0, SKU-2 1/0/0",
  },
  {
    what: "a missing payment",
    ending: "confirmed",
    spoil: withRecord({ payment: null }),
    rule: "record_equals_order",
    says: "the payment's row is missing",
  },
  {
    what: "another amount in the payment",
    ending: "confirmed",
    spoil: withRecord({ payment: { status: "captured", method: "pm_card_visa", reference: null, amountMinor: 5, refundedMinor: 0 } }),
    rule: "record_equals_order",
    says: "captured amount is 5",
  },
  {
    what: "no confirmation",
    ending: "confirmed",
    spoil: withRecord({ confirmations: 0 }),
    rule: "confirmed_order_was_notified_once",
    says: "was confirmed, and 0 confirmations",
  },
  {
    what: "two confirmations",
    ending: "cancelled_after_sale",
    spoil: withRecord({ confirmations: 2 }),
    rule: "confirmed_order_was_notified_once",
    says: "2 confirmations",
  },
  {
    what: "a confirmation of a failed order",
    ending: "failed",
    spoil: withRecord({ confirmations: 1 }),
    rule: "confirmed_order_was_notified_once",
    says: "was never confirmed, and 1",
  },
] as const;

const bookPlants: readonly Plant[] = [
  {
    what: "a failed order that keeps money",
    ending: "failed",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, capturedMinor: 3_000 } })),
    rule: "ended_order_keeps_no_money",
    says: "keeps 3000 of the 3000",
    stuck: ["captured_but_cancelled"],
  },
  {
    what: "a cancelled order whose refund was refused in part",
    ending: "cancelled_after_sale",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, refundedMinor: 1_000 } })),
    rule: "ended_order_keeps_no_money",
    says: "keeps 2000",
    stuck: ["captured_but_cancelled"],
  },
  {
    what: "a refunded order that keeps money",
    ending: "refunded",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, refundedMinor: 2_999 } })),
    rule: "ended_order_keeps_no_money",
    says: "keeps 1 ",
  },
  {
    what: "a confirmed order that was not paid",
    ending: "confirmed",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, capturedMinor: 0 } })),
    rule: "confirmed_order_is_paid",
    says: "confirmed for 3000, and 0 were captured",
  },
  {
    what: "a confirmed order that was paid in part",
    ending: "confirmed",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, capturedMinor: 2_999 } })),
    rule: "confirmed_order_is_paid",
    says: "2999 were captured",
  },
  {
    what: "more refunded than captured",
    ending: "fulfilled",
    spoil: withOrder(({ payment }) => ({ payment: { ...payment, refundedMinor: 3_001 } })),
    rule: "confirmed_order_is_paid",
    says: "3001 refunded",
  },
];

describe("examineOrder names", () => {
  test.each(plants.map((plant) => [plant.what, plant] as const))(
    "%s, and nothing else",
    (_what, { ending, spoil, rule, says, stuck = [] }) => {
      const around = surroundingsOf(soundOrder(ending));
      const examination = examineOrder({ ...around, ...spoil(around) }, nowMs);
      expect(rulesOf(examination)).toEqual([rule]);
      expect(examination.disagreements[0]).toMatchObject({ subject: anOrderId, detail: expect.stringContaining(says) as string });
      expect(examination.stuck.map(({ kind }) => kind)).toEqual(stuck);
    },
  );

  test.each(bookPlants.map((plant) => [plant.what, plant] as const))(
    "%s, in the order's own books",
    (_what, { ending, spoil, rule, says, stuck = [] }) => {
      const around = surroundingsOf(soundOrder(ending));
      const examination = examineOrder({ ...around, ...spoil(around) }, nowMs);
      expect(rulesOf(examination)).toContain(rule);
      expect(examination.disagreements[0]?.detail).toContain(says);
      expect(examination.stuck.map(({ kind }) => kind)).toEqual(stuck);
    },
  );
});

describe("an order that is under way", () => {
  const spoilt = (change: Partial<OrderReading>): OrderSurroundings => {
    const around = surroundingsOf(soundOrder("confirmed"));
    return { ...around, ...withOrder(() => change)(around), holds: [], record: null };
  };

  test.each([
    ["not settled, its alarm to come", { settled: false, nextAtMs: nowMs + 1 }],
    ["not settled, its alarm a little late", { settled: false, nextAtMs: nowMs - overdueAfterMs }],
    ["settled, and what it tells still on its way", { delivered: false, updatedAtMs: nowMs - undeliveredAfterMs }],
  ])("%s: nothing is said of it", (_what, change) => {
    expect(examineOrder(spoilt(change), nowMs)).toMatchObject({ inFlight: true, disagreements: [], stuck: [] });
  });

  test.each([
    ["an alarm long past", { settled: false, nextAtMs: nowMs - overdueAfterMs - 1 }, "order_is_not_overdue", ["overdue_alarm"]],
    ["no alarm at all", { settled: false, nextAtMs: null }, "order_is_not_overdue", ["overdue_alarm"]],
    ["what it tells undelivered for long", { delivered: false, updatedAtMs: nowMs - undeliveredAfterMs - 1 }, "order_is_delivered", []],
  ])("%s is named", (_what, change, rule, stuck) => {
    const examination = examineOrder(spoilt(change), nowMs);
    expect(rulesOf(examination)).toEqual([rule]);
    expect(examination.stuck.map(({ kind }) => kind)).toEqual(stuck);
  });
});

test("examineOrder looks only at the lines of the SKUs that were read, and at no books, when its rest was looked at elsewhere", () => {
  const around = surroundingsOf(soundOrder("confirmed"));
  const spoilt = { ...around, holds: [], record: undefined, ...withOrder(() => ({ totalMinor: 1 }))(around) };
  const examination = examineOrder({ ...spoilt, skus: new Set(["SKU-2"]) }, nowMs);
  expect(examination.disagreements).toMatchObject([{ rule: "sold_line_has_committed_hold", found: "no hold (SKU-2)" }]);
});

describe("examineMoney names", () => {
  const examine = (ending: Ending, change: (captures: readonly CaptureReading[]) => readonly CaptureReading[], complete = true) => {
    const { order, captures } = soundOrder(ending);
    return examineMoney({ orderId: anOrderId, order, captures: change(captures), complete });
  };
  const stray: CaptureReading = {
    orderId: anOrderId,
    chargeId: "c",
    reference: "pi_stray",
    capturedMinor: 3_000,
    refundedMinor: 0,
    currency: "EUR",
    createdAtMs: 5,
  };
  const strayId = `charged_without_order~${anOrderId}~pi_stray~5`;

  test("a paid order without its capture, unless that may lie on another page", () => {
    expect(rulesOf(examine("confirmed", () => []))).toEqual(["paid_order_has_one_capture"]);
    expect(rulesOf(examine("confirmed", () => [], false))).toEqual([]);
  });

  test.each([
    ["amount", { capturedMinor: 2_999 }],
    ["refund", { refundedMinor: 1 }],
    ["currency", { currency: "USD" }],
  ])("a capture of another %s", (_what, change) => {
    const examination = examine("confirmed", ([own]) => (own === undefined ? [] : [{ ...own, ...change }]));
    expect(rulesOf(examination)).toEqual(["paid_order_has_one_capture"]);
  });

  test.each(["confirmed", "failed", "cancelled", "refunded"] as const)(
    "a capture that a %s order does not count, with its way back",
    (ending) => {
      const examination = examine(ending, (captures) => [...captures, stray]);
      expect(rulesOf(examination)).toEqual(["capture_has_one_order"]);
      expect(examination.stuck).toMatchObject([
        { id: strayId, kind: "charged_without_order", amountMinor: 3_000, currency: "EUR", actions: ["void"] },
      ]);
    },
  );

  test("a capture of an order that does not exist, until it has been given back", () => {
    const examination = examineMoney({ orderId: anOrderId, order: null, captures: [stray], complete: false });
    expect(rulesOf(examination)).toEqual(["capture_has_one_order"]);
    expect(examination.disagreements[0]?.detail).toContain("which does not exist");
    const givenBack = { ...stray, refundedMinor: 3_000 };
    expect(rulesOf(examineMoney({ orderId: anOrderId, order: null, captures: [givenBack], complete: false }))).toEqual([]);
  });

  test("nothing while the order is under way", () => {
    const { order } = soundOrder("failed");
    const examination = examineMoney({ orderId: anOrderId, order: { ...order, settled: false }, captures: [stray], complete: true });
    expect(examination).toMatchObject({ inFlight: true, disagreements: [], stuck: [] });
  });
});

describe("examineStock names", () => {
  const sound: StockReading = {
    sku: "SKU-1",
    levels: { onHand: 7, reserved: 2, sold: 3, received: 10 },
    totals: { held: 2, sold: 3, received: 10 },
  };

  test("nothing when the sums agree", () => expect(rulesOf(examineStock("SKU-1", sound))).toEqual([]));

  test.each([
    ["received_is_on_hand_and_sold", { levels: { ...sound.levels, onHand: 6 } }],
    ["received_is_deliveries", { totals: { ...sound.totals, received: 11 } }],
    ["reserved_is_live_holds", { totals: { ...sound.totals, held: 1 } }],
    ["sold_is_committed_holds", { totals: { ...sound.totals, sold: 4 } }],
  ] as const)("%s", (rule, change) => {
    expect(rulesOf(examineStock("SKU-1", { ...sound, ...change }))).toEqual([rule]);
  });

  const shard = { shard: 1, productVersion: 1, received: 5, surrendered: 2, raised: 5, onHand: 2, reserved: 1, sold: 1 };

  test("nothing when a shard and its root agree, units on their way included", () => {
    expect(rulesOf(examineStock("SKU-1", { ...sound, shards: [{ ...shard, lent: 7, regained: 1 }] }))).toEqual([]);
  });

  test.each([
    { lent: 4, regained: 2 },
    { lent: 5, regained: 3 },
    { lent: 5, regained: 2, sold: 2 },
  ])("shards_agree_with_root: %j", (wrong) => {
    expect(rulesOf(examineStock("SKU-1", { ...sound, shards: [{ ...shard, ...wrong }] }))).toEqual(["shards_agree_with_root"]);
  });

  test("an SKU whose actor does not know it", () => expect(rulesOf(examineStock("SKU-1", null))).toEqual(["sku_has_ledger"]));
});

test("every rule has been met by a planted disagreement", () => {
  expect([...met].sort()).toEqual([...auditRules].sort());
});

test("a stuck item's id leads back to its subject, and no other text does", () => {
  const { order, holds } = soundOrder("failed");
  const live = { orderId: anOrderId, order, holds: holds.map((hold) => ({ ...hold, state: "held" as const })), skus: null, record: null };
  expect(examineOrder(live, nowMs).stuck.map(({ id }) => parseStuckId(id))).toEqual([
    { kind: "dead_hold", orderId: anOrderId, sku: "SKU-1", reservationId: `${anOrderId}:1` },
    { kind: "dead_hold", orderId: anOrderId, sku: "SKU-2", reservationId: `${anOrderId}:2` },
  ]);
  expect(parseStuckId(`charged_without_order~${anOrderId}~pi_1~5`)).toEqual({
    kind: "charged_without_order",
    orderId: anOrderId,
    reference: "pi_1",
    createdAtMs: 5,
  });
  expect(parseStuckId(`captured_but_cancelled~${anOrderId}`)).toEqual({ kind: "captured_but_cancelled", orderId: anOrderId });
  const others = [
    "",
    "dead_hold",
    `dead_hold~/~${anOrderId}:1`,
    `overdue_alarm~ord_1`,
    `overdue_alarm~${anOrderId}~`,
    `unknown~${anOrderId}`,
  ];
  expect(others.map(parseStuckId)).toEqual(others.map(() => null));
});

describe("persisting", () => {
  const examination = examineOrder({ ...surroundingsOf(soundOrder("confirmed")), holds: [] }, nowMs);

  test("keeps what both looks have found at one version", () => {
    const fewer = { ...examination, disagreements: examination.disagreements.slice(1) };
    expect(persisting(examination, fewer).disagreements).toEqual(fewer.disagreements);
    expect(persisting(fewer, examination).disagreements).toEqual(fewer.disagreements);
  });

  test("keeps nothing when the order has moved, or what was found is another thing", () => {
    expect(persisting(examination, { ...examination, version: 5 })).toMatchObject({ inFlight: true, disagreements: [] });
    const other = examination.disagreements.map((disagreement) => ({ ...disagreement, found: "another" }));
    expect(persisting(examination, { ...examination, disagreements: other }).disagreements).toEqual([]);
  });
});
