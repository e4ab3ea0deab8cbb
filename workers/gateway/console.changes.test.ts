/** The console's pure modules for what comes after an order was placed: what is offered, how it is sent, how it is written. */
import { describe, expect, test, vi } from "vitest";
import { simulatedPaymentMethods } from "../../shared/contracts/payment-methods.ts";
import type { WireGremlin, WireOrder, WirePayment, WireRefund } from "./console.types.ts";
import { MissingAnswerError, type Answer, type Api } from "./public/console/api.js";
import { formatCountdown, parseMoney, writeMoney } from "./public/console/format.js";
import { describeGremlin } from "./public/console/gremlins.js";
import { offersFor, refundableMinor } from "./public/console/order-offers.js";
import { awaitsPayment, isUnderWay } from "./public/console/order-status.js";
import { paymentMethods } from "./public/console/payment-methods.js";
import { changeSender } from "./public/console/send-change.js";
import { describeStep } from "./public/console/timeline-steps.js";

const at = "2026-11-21T09:30:00.000Z";
const item = (units: { quantity?: number; fulfilled_quantity?: number; returned_quantity?: number } = {}): WireOrder["items"][number] => ({
  sku: "A",
  name: "A",
  quantity: 2,
  unit_price_minor: 500,
  line_total_minor: 1000,
  fulfilled_quantity: 0,
  returned_quantity: 0,
  ...units,
});
const order = (rest: Partial<WireOrder> = {}): WireOrder => ({
  id: "ord_1",
  status: "confirmed",
  items: [item()],
  total_minor: 1000,
  currency: "EUR",
  payment: { id: "pay_1", status: "captured", amount_minor: 1000, refunded_minor: 0 },
  hold_expires_at: null,
  cancellation: null,
  correlation_id: "c",
  version: 1,
  created_at: at,
  updated_at: at,
  metadata: {},
  ...rest,
});
const payment = (rest: Partial<WirePayment> = {}): WirePayment => ({
  id: "pay_1",
  order_id: "ord_1",
  status: "captured",
  payment_method: "pm_card_visa",
  attempt: 1,
  amount_minor: 1000,
  refunded_minor: 0,
  currency: "EUR",
  reference: null,
  decline_reason: null,
  refunds: [],
  created_at: at,
  updated_at: at,
  ...rest,
});
const refund = (status: WireRefund["status"], amount: number) => ({
  id: "r",
  order_id: "ord_1",
  payment_id: "pay_1",
  amount_minor: amount,
  currency: "EUR",
  status,
  reason: "x",
  detail: null,
  created_at: at,
});

const declined = { id: "pay_1", status: "declined", amount_minor: 0, refunded_minor: 0 } as const;
const unpaid = payment({ status: "none", amount_minor: 0 });
const cancellation = { reason: null, requested_at: at };

describe("offersFor", () => {
  const offered = (which: Partial<WireOrder>, books: WirePayment, isOperator: boolean) =>
    offersFor(order(which), books, { isOperator }).map(({ offer }) => offer);

  test.each<[string, Partial<WireOrder>, WirePayment, string[], string[]]>([
    ["confirmed", {}, payment(), ["fulfil", "refund", "cancel"], ["cancel"]],
    ["shipped in part", { items: [item({ fulfilled_quantity: 1 })] }, payment(), ["fulfil", "refund", "return"], []],
    ["shipped", { status: "fulfilled", items: [item({ fulfilled_quantity: 2 })] }, payment(), ["refund", "return"], []],
    ["all come back", { status: "fulfilled", items: [item({ fulfilled_quantity: 2, returned_quantity: 2 })] }, payment(), ["refund"], []],
    ["refunded, not shipped", { status: "refunded" }, payment({ refunds: [refund("succeeded", 1000)] }), ["cancel"], ["cancel"]],
    ["waiting for a card", { status: "pending_payment", payment: declined }, unpaid, ["pay", "cancel"], ["pay", "cancel"]],
    ["a charge under way", { status: "pending_payment" }, payment({ status: "unknown", amount_minor: 0 }), ["cancel"], ["cancel"]],
    ["being cancelled", { status: "compensating", cancellation }, payment(), [], []],
    ["about to be cancelled", { cancellation }, payment(), ["refund"], []],
    [
      "cancelled, its refund refused",
      { status: "cancelled", cancellation },
      payment({ refunds: [refund("refused", 1000)] }),
      ["refund"],
      [],
    ],
    ["failed", { status: "failed" }, unpaid, [], []],
  ])("%s", (_name, which, books, operators, customers) => {
    expect([offered(which, books, true), offered(which, books, false)]).toEqual([operators, customers]);
  });

  test("an offer's key is another one when what it is about has changed", () => {
    const keyOf = (refunds: WirePayment["refunds"]) =>
      offersFor(order(), payment({ refunds }), { isOperator: true }).find(({ offer }) => offer === "refund")?.key;
    expect(keyOf([])).toBe(keyOf([refund("refused", 400)]));
    expect(keyOf([])).not.toBe(keyOf([refund("pending", 400)]));
  });
});

test("refundableMinor counts what is on its way back, and not what was refused", () => {
  const refunds = [refund("succeeded", 300), refund("pending", 200), refund("refused", 500)];
  expect(refundableMinor(payment({ refunds }))).toBe(500);
});

describe("isUnderWay", () => {
  test.each<[string, Partial<WireOrder>, Partial<WirePayment>, boolean]>([
    ["confirmed", {}, {}, false],
    ["compensating", { status: "compensating" }, {}, true],
    ["confirmed, with a wish to cancel", { cancellation }, {}, true],
    ["cancelled", { status: "cancelled", cancellation }, {}, false],
    ["a refund that is asked for", {}, { refunds: [refund("pending", 1)] }, true],
    ["a refund that is done", {}, { refunds: [refund("succeeded", 1)] }, false],
  ])("%s", (_name, which, books, expected) => expect(isUnderWay(order(which), payment(books))).toBe(expected));

  test("awaitsPayment is a refused card, not one whose outcome is open", () => {
    expect(awaitsPayment(order({ status: "pending_payment", payment: declined }))).toBe(true);
    expect(awaitsPayment(order({ status: "pending_payment", payment: { ...declined, status: "unknown" } }))).toBe(false);
    expect(awaitsPayment(order({ status: "failed", payment: declined }))).toBe(false);
  });
});

describe("changeSender", () => {
  const change = { path: "/v1/x", doneNote: () => ({ tone: "good" as const, title: "Done." }) };
  const answered = (status: number, code?: string): Answer => {
    const problem = { type: "t", title: "No", status, code, request_id: "r" } as Answer["problem"];
    return {
      status,
      ok: status < 400,
      body: {},
      problem: status < 400 ? null : problem,
      replayed: false,
      requestId: "r",
      retryAfterMs: null,
      latencyMs: 1,
    };
  };
  function senderOf(...answers: (Answer | Error)[]) {
    const keys: (string | undefined)[] = [];
    const call = vi.fn((_method: string, _path: string, options?: { idempotencyKey?: string }) => {
      keys.push(options?.idempotencyKey);
      const answer = answers[keys.length - 1] ?? answered(200);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    });
    return { sender: changeSender({ call } as unknown as Api, change), keys };
  }

  test.each([
    ["done", answered(201), "done"],
    ["under way", answered(202), "done"],
    ["refused", answered(409, "order_fulfilled"), "refused"],
  ] as const)("an answer (%s) ends its key: the next press is another request", async (_name, answer, kind) => {
    const { sender, keys } = senderOf(answer);
    expect((await sender.send({})).kind).toBe(kind);
    await sender.send({});
    expect(keys[0]).not.toBe(keys[1]);
  });

  test.each([
    ["none at all", new MissingAnswerError(new Error("cut"))],
    ["a 503", answered(503, "unavailable")],
    ["one that is still running", answered(409, "request_in_progress")],
  ] as const)("without an answer (%s) the key stays, until it is forgotten", async (_name, answer) => {
    const { sender, keys } = senderOf(answer, answer);
    expect((await sender.send({})).kind).toBe("unanswered");
    await sender.send({});
    expect(keys[0]).toBe(keys[1]);
    sender.forget();
    await sender.send({});
    expect(keys[2]).not.toBe(keys[1]);
  });

  test("a fault of the page is not taken for a missing answer", async () => {
    const { sender } = senderOf(new TypeError("page"));
    await expect(sender.send({})).rejects.toThrow("page");
  });
});

describe("money that a person writes", () => {
  test.each([
    ["14.50", "EUR", 1450],
    ["14,5", "EUR", 1450],
    [" 14 ", "EUR", 1400],
    ["0.05", "EUR", 5],
    ["1450", "JPY", 1450],
    ["90071992547409.91", "EUR", Number.MAX_SAFE_INTEGER],
    ["90071992547409.92", "EUR", null],
    ["1.234", "EUR", null],
    ["1.5", "JPY", null],
    ["1.000,00", "EUR", null],
    ["-1", "EUR", null],
    ["1e3", "EUR", null],
    ["", "EUR", null],
    [".5", "EUR", null],
  ])("parseMoney reads %j %s as %j", (text, currency, amount) => expect(parseMoney(text, currency)).toBe(amount));

  test.each([0, 5, 1450, Number.MAX_SAFE_INTEGER])("parseMoney reads what writeMoney writes: %d", (amount) => {
    for (const currency of ["EUR", "JPY", "KWD"]) expect(parseMoney(writeMoney(amount, currency), currency)).toBe(amount);
  });
});

test.each([
  [61_000, "1:01"],
  [900, "0:01"],
  [3_600_000, "60:00"],
  [0, "0:00"],
  [-5_000, "0:00"],
])("formatCountdown of %d ms is %s", (leftMs, text) => {
  expect(formatCountdown(at, Date.parse(at) - leftMs)).toBe(text);
});

test("every card of the simulated provider can be chosen, once", () => {
  expect(paymentMethods.map(({ token }) => token).sort()).toEqual([...simulatedPaymentMethods].sort());
});

test("describeStep writes a step that it does not know as its name", () => {
  expect(describeStep("fulfil").words).toBe("Ship");
  expect(describeStep("beam_up")).toEqual({ words: "Beam up", shape: "dash" });
  expect(describeStep("constructor").words).toBe("Constructor");
});

test.each<[Partial<WireGremlin>, string]>([
  [{}, "latency of 500 ms in payment (charge), 25 %"],
  [{ kind: "drop-reply", delay_ms: null, operation: null, probability: 1 }, "drop reply in payment"],
])("describeGremlin of %o", (rest, text) => {
  const gremlin: WireGremlin = {
    kind: "latency",
    service: "payment",
    operation: "charge",
    enabled: true,
    delay_ms: 500,
    probability: 0.25,
    seed: 0,
    times: null,
    seen: 0,
    fired: 0,
    ...rest,
  };
  expect(describeGremlin(gremlin)).toBe(text);
});
