import { describe, expect, it } from "vitest";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import type { WireRefund, WireReturn } from "../../shared/contracts/payment.ts";
import { problemDocument } from "../../shared/errors/problem.ts";
import { Books, goesForward, isFinal, placedOrderId, type Answer, type Operation, type OperationKind } from "./books.ts";
import { compareMoney } from "./compare-money.ts";
import { disagreements, expectedOrder } from "./expected-order.ts";

const id = `ord_${"a".repeat(32)}`;
const operation = (kind: OperationKind): Operation => ({ kind, as: "customer", path: `/v1/${kind}`, key: `key-${kind}`, body: {} });
const answer = (status: number, body: unknown, replayed = false): Answer => ({ status, text: JSON.stringify(body), replayed });
const problem = (code: Parameters<typeof problemDocument>[0], orderId?: string): Answer => {
  const document = problemDocument(code, "request", orderId === undefined ? {} : { order_id: orderId });
  return answer(document.status, document);
};
const first = { known: false, atMs: 1 };
const later = { known: true, atMs: 2 };

const order = (change: Partial<WireOrder> = {}): WireOrder => ({
  id,
  status: "confirmed",
  items: [
    { sku: "A", name: "A", quantity: 3, unit_price_minor: 100, line_total_minor: 300, fulfilled_quantity: 0, returned_quantity: 0 },
    { sku: "B", name: "B", quantity: 1, unit_price_minor: 50, line_total_minor: 50, fulfilled_quantity: 0, returned_quantity: 0 },
  ],
  total_minor: 350,
  currency: "EUR",
  payment: { id: `pay_${"a".repeat(32)}`, status: "captured", amount_minor: 350, refunded_minor: 0 },
  hold_expires_at: null,
  cancellation: null,
  correlation_id: "c",
  version: 2,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
  metadata: {},
  ...change,
});

describe("isFinal", () => {
  it.each<[OperationKind, Answer, boolean]>([
    ["place", answer(201, order()), true],
    ["place", answer(202, order({ status: "pending_payment" })), false],
    ["place", problem("out_of_stock", id), true],
    ["place", problem("request_in_progress"), false],
    ["place", problem("unavailable"), false],
    ["place", problem("internal_error"), false],
    // The order has ended: its placing answers so for ever.
    ["place", problem("payment_unavailable", id), true],
    ["pay", problem("payment_unavailable", id), true],
    ["cancel", problem("unavailable", id), false],
    ["cancel", problem("order_fulfilled", id), true],
    ["refund", answer(202, {}), false],
    ["receive", { status: 502, text: "<html>", replayed: false }, false],
  ])("%s %j: %s", (kind, given, final) => {
    expect(isFinal(operation(kind), given)).toBe(final);
  });
});

describe("Books", () => {
  const opened = (given: Answer) => {
    const books = new Books();
    const entry = books.open(operation("place"));
    expect(books.answered(entry, given, first)).toBeNull();
    return { books, entry };
  };

  it("the first final answer stands, and the same one marked as a replay agrees with it", () => {
    const { books, entry } = opened(answer(201, order()));
    expect(books.answered(entry, answer(201, order(), true), later)).toBeNull();
    expect([books.finals, books.unfinished()]).toEqual([[entry], []]);
  });

  it.each([
    ["another status", answer(409, order(), true)],
    ["another body", answer(201, order({ version: 3 }), true)],
    ["no mark of a replay", answer(201, order())],
    ["that it is still working", answer(202, order(), true)],
  ])("%s later is wrong", (_what, given) => {
    const { books, entry } = opened(answer(201, order()));
    expect(books.answered(entry, given, later)).not.toBeNull();
  });

  it("two that were under way together need not say which of them was the replay", () => {
    const { books, entry } = opened(answer(201, order()));
    expect(books.answered(entry, answer(201, order()), first)).toBeNull();
  });

  it("202 leaves it open", () => {
    const { books, entry } = opened(answer(202, order()));
    expect(books.unfinished()).toEqual([entry]);
  });

  it("a refused order has an id too", () => {
    expect(placedOrderId(problem("out_of_stock", id))).toBe(id);
    expect(placedOrderId(problem("validation_failed"))).toBeNull();
  });
});

describe("goesForward", () => {
  it.each([
    ["confirmed", 2, "confirmed", 2],
    ["pending_payment", 2, "inventory_reserved", 3],
    ["compensating", 2, "confirmed", 3],
    ["confirmed", 2, "compensating", 3],
    ["refunded", 2, "cancelled", 4],
    ["fulfilled", 2, "refunded", 3],
  ] as const)("%s (%i) may be followed by %s (%i)", (status, version, next, nextVersion) => {
    expect(goesForward({ status, version }, { status: next, version: nextVersion })).toBeNull();
  });

  it.each([
    ["confirmed", 2, "confirmed", 1],
    ["confirmed", 2, "pending_payment", 3],
    ["confirmed", 2, "cancelled", 2],
    ["failed", 2, "confirmed", 3],
    ["cancelled", 2, "confirmed", 3],
    ["fulfilled", 2, "confirmed", 3],
    ["inventory_reserved", 2, "pending", 3],
  ] as const)("%s (%i) may not be followed by %s (%i)", (status, version, next, nextVersion) => {
    expect(goesForward({ status, version }, { status: next, version: nextVersion })).not.toBeNull();
  });
});

describe("expectedOrder", () => {
  const book = (placed: Answer, changes: readonly [OperationKind, Answer][]) => {
    const books = new Books();
    const place = books.open(operation("place"));
    books.answered(place, placed, first);
    const written = books.orderOf(place, id);
    for (const [kind, given] of changes) {
      const entry = books.open(operation(kind));
      written.changes.push(entry);
      books.answered(entry, given, first);
    }
    return expectedOrder(written);
  };
  const refund = (amount: number, status: WireRefund["status"] = "succeeded"): [OperationKind, Answer] => [
    "refund",
    answer(201, {
      ...{ id: "r", order_id: id, payment_id: `pay_${"a".repeat(32)}`, amount_minor: amount, currency: "EUR", status },
      ...{ reason: "r", detail: null, created_at: "2026-01-01T00:00:00.000Z" },
    } satisfies WireRefund),
  ];
  const shipped = (a: number, b: number): [OperationKind, Answer] => {
    const [one, other] = order().items;
    if (one === undefined || other === undefined) throw new Error("two lines");
    return [
      "fulfil",
      answer(
        200,
        order({
          items: [
            { ...one, fulfilled_quantity: a },
            { ...other, fulfilled_quantity: b },
          ],
        }),
      ),
    ];
  };
  const returned = (quantity: number): [OperationKind, Answer] => [
    "return",
    answer(201, {
      ...{ id: "ret", order_id: id, items: [{ sku: "A", quantity }], status: "restocked", reason: null },
      created_at: "2026-01-01T00:00:00.000Z",
    } satisfies WireReturn),
  ];
  const placed = answer(201, order());

  it.each<[string, readonly [OperationKind, Answer][], object]>([
    [
      "nothing more",
      [],
      {
        status: "confirmed",
        refundedMinor: 0,
        soldUnits: new Map([
          ["A", 3],
          ["B", 1],
        ]),
      },
    ],
    ["a part was refunded", [refund(100), refund(40)], { status: "confirmed", refundedMinor: 140 }],
    ["what the provider refused is not refunded", [refund(100, "refused")], { refundedMinor: 0 }],
    ["all was refunded", [refund(100), refund(250)], { status: "refunded", refundedMinor: 350 }],
    ["a part was shipped", [shipped(1, 1)], { status: "confirmed" }],
    ["all was shipped", [shipped(1, 0), shipped(3, 1)], { status: "fulfilled" }],
    [
      "something came back",
      [shipped(3, 1), returned(1), returned(1)],
      {
        status: "fulfilled",
        soldUnits: new Map([
          ["A", 1],
          ["B", 1],
        ]),
      },
    ],
    [
      "it was cancelled",
      [refund(100), ["cancel", answer(200, order())]],
      { status: "cancelled", refundedMinor: null, soldUnits: new Map() },
    ],
    ["a wish was refused", [["cancel", problem("order_fulfilled", id)]], { status: "confirmed" }],
  ])("confirmed, and %s", (_what, changes, expected) => {
    expect(book(placed, changes)).toMatchObject({ wasConfirmed: true, capturedMinor: 350, ...expected });
  });

  it("a refused placing is a failed order that was not paid, or a cancelled one", () => {
    expect(book(problem("payment_declined", id), [])).toMatchObject({ status: "failed", wasConfirmed: false, soldUnits: new Map() });
    expect(book(problem("order_cancelled", id), [])).toMatchObject({ status: "cancelled", wasConfirmed: false });
  });

  it("disagreements names the status and the money, and nothing of an order that is as it must be", () => {
    const wanted = book(placed, [refund(100)]);
    const payment = { ...order().payment, refunded_minor: 100 };
    expect(disagreements(wanted, order({ payment }))).toEqual([]);
    expect(disagreements(wanted, order({ status: "pending_payment" }))).toEqual([
      "is pending_payment and must be confirmed",
      "has refunded 0 and must have 100",
    ]);
  });

  it("an order without a sale must have given back whatever it took", () => {
    const wanted = book(problem("payment_declined", id), []);
    const kept = order({ status: "failed", payment: { ...order().payment, amount_minor: 350, refunded_minor: 0 } });
    expect(disagreements(wanted, kept)).toEqual(["has refunded 0 and must have 350"]);
  });
});

describe("compareMoney", () => {
  const capture = (change: Partial<ProviderCapture> = {}): ProviderCapture => ({
    ...{
      orderId: id,
      chargeId: `${id}:charge:1`,
      reference: "pi_1",
      capturedMinor: 350,
      refundedMinor: 0,
      currency: "EUR",
      createdAtMs: 1,
    },
    ...change,
  });
  const compared = (taken: readonly ProviderCapture[], seen: WireOrder) => {
    const books = new Books();
    books.saw(books.orderOf(books.open(operation("place")), id), seen);
    return compareMoney(taken, books).length;
  };
  const failed = order({ status: "failed", payment: { ...order().payment, status: "declined", amount_minor: 0 } });

  it.each<[string, readonly ProviderCapture[], WireOrder, number]>([
    ["one charge of the order's amount", [capture()], order(), 0],
    ["no charge for an order that took nothing", [], failed, 0],
    ["a paid order that was never charged", [], order(), 1],
    ["two charges for one order", [capture(), capture({ chargeId: `${id}:charge:2`, reference: "pi_2" })], order(), 1],
    ["a charge for an order that failed", [capture()], failed, 1],
    ["another amount", [capture({ capturedMinor: 349 })], order(), 1],
    ["a refund that the order does not know of", [capture({ refundedMinor: 10 })], order(), 1],
    ["a charge that nobody ordered", [capture(), capture({ orderId: null })], order(), 1],
  ])("%s", (_what, taken, seen, found) => {
    expect(compared(taken, seen)).toBe(found);
  });
});
