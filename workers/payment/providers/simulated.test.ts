import { describe, expect, test, vi } from "vitest";
import type { ChargeCommand } from "../../../shared/contracts/rpc.ts";
import { simulatedPaymentMethods } from "../../../shared/contracts/payment-methods.ts";
import { createSimulatedProvider, slowAnswerMs, unansweredMs } from "./simulated.ts";

const nowMs = Date.parse("2026-11-21T09:30:00.000Z");

function setUp(atMs = nowMs) {
  const sleep = vi.fn(() => Promise.resolve());
  return { provider: createSimulatedProvider({ now: () => atMs, sleep }), sleep };
}

const command = (paymentMethod: string, change: Partial<ChargeCommand> = {}): ChargeCommand => ({
  chargeId: "ord_1:charge:1",
  paymentId: "pay_1",
  orderId: "ord_1",
  amountMinor: 1_999,
  currency: "EUR",
  paymentMethod,
  tryNumber: 1,
  askedAtMs: nowMs,
  context: { requestId: "req", correlationId: "req" },
  ...change,
});

const captured = { ok: true, reference: "sim_ord_1:charge:1" };
const tooLate = { ok: false, code: "captured", reference: "sim_ord_1:charge:1", amountMinor: 1_999, currency: "EUR" };
const declined = (reason: string) => ({ ok: false, code: "payment_declined", reason });
const notFound = { ok: false, code: "not_found" };
const unknownMethod = { ok: false, code: "unknown_payment_method" };
const voided = { ok: true };
const never = "never answers";

type Case = readonly [token: string, tryNumber: number, charge: unknown, lookUp: unknown, void_: unknown];
const cases: readonly Case[] = [
  ["pm_card_visa", 1, captured, captured, tooLate],
  ["pm_card_declined", 1, declined("card_declined"), declined("card_declined"), voided],
  ["pm_card_insufficient_funds", 1, declined("insufficient_funds"), declined("insufficient_funds"), voided],
  ["pm_card_slow", 1, captured, { ok: false, code: "processing" }, never],
  ["pm_card_timeout", 1, never, notFound, voided],
  ["pm_card_timeout", 7, never, notFound, voided],
  ["pm_card_timeout_captured", 1, never, captured, tooLate],
  ["pm_card_timeout_captured", 7, never, captured, tooLate],
  ["pm_card_flaky", 1, never, notFound, voided],
  ["pm_card_flaky", 2, captured, captured, tooLate],
  ["pm_card_of_nobody", 1, unknownMethod, unknownMethod, voided],
];

describe("the simulated provider", () => {
  test.each(cases)("%s at try %i: charge, look-up and void agree", async (token, tryNumber, charge, lookUp, voids) => {
    const { provider } = setUp();
    const outcome = (answer: Promise<unknown>) => answer.catch(() => never);
    expect(await outcome(provider.charge(command(token, { tryNumber })))).toEqual(charge);
    expect(await outcome(provider.lookUp(command(token, { tryNumber })))).toEqual(lookUp);
    expect(await outcome(provider.void(command(token, { tryNumber })))).toEqual(voids);
  });

  test.each(cases)("%s at try %i is answered at once as ever, or not begun", async (token, tryNumber, charge) => {
    const { provider } = setUp();
    const atOnce = provider.chargeAtOnce?.(command(token, { tryNumber }));
    const takesTime = ["pm_card_slow", "pm_card_timeout", "pm_card_timeout_captured", "pm_card_flaky"].includes(token);
    expect(atOnce).toEqual(takesTime ? null : charge);
  });

  test("answers for every token that the gateway lets through", () => {
    expect(new Set(cases.map(([token]) => token))).toEqual(new Set([...simulatedPaymentMethods, "pm_card_of_nobody"]));
  });

  test.each(simulatedPaymentMethods)("%s of an amount that was never known was never sent", async (token) => {
    const { provider } = setUp();
    const unknown = command(token, { amountMinor: 0, currency: "", tryNumber: 3 });
    expect(await provider.lookUp(unknown)).toEqual(notFound);
    expect(await provider.void(unknown)).toEqual(voided);
  });

  test("pm_card_slow answers after 5 s, and is captured from then on", async () => {
    const { provider, sleep } = setUp(nowMs + slowAnswerMs);
    expect(await provider.charge(command("pm_card_slow"))).toEqual(captured);
    expect(sleep).toHaveBeenCalledExactlyOnceWith(5_000);
    expect(await provider.lookUp(command("pm_card_slow"))).toEqual(captured);
    expect(await provider.void(command("pm_card_slow"))).toEqual(tooLate);
    expect(await setUp(nowMs + slowAnswerMs - 1).provider.lookUp(command("pm_card_slow"))).toMatchObject({ code: "processing" });
    expect(await setUp().provider.lookUp(command("pm_card_slow", { askedAtMs: null }))).toEqual(captured);
  });

  test.each(["pm_card_timeout", "pm_card_timeout_captured"])("%s ends within the port's 30 s, with a retryable failure", async (token) => {
    const { provider, sleep } = setUp();
    await expect(provider.charge(command(token))).rejects.toMatchObject({ name: "OperatingError", retryable: true });
    expect(sleep).toHaveBeenCalledExactlyOnceWith(unansweredMs);
    expect(unansweredMs).toBeLessThan(30_000);
  });

  test("a refund is done, and is the same however often it is asked for", async () => {
    const { provider } = setUp();
    const refund = { ...command("pm_card_visa"), refundId: "ord_1:refund:1", reference: captured.reference };
    expect(await provider.refund(refund)).toEqual({ ok: true, reference: "sim_ord_1:refund:1" });
    expect(await provider.refund(refund)).toEqual(await provider.refund(refund));
  });

  test.each(["pi_1", "re_1", ""])("money that it has not taken (%j) is not given back", async (reference) => {
    const { provider } = setUp();
    const refund = { ...command("pm_card_visa"), refundId: "ord_1:refund:1", reference };
    expect(await provider.refund(refund)).toMatchObject({ ok: false, code: "refund_refused" });
  });

  test("keeps no ledger and sends no webhooks", async () => {
    const { provider } = setUp();
    expect(await provider.listCaptures({ sinceMs: 0, cursor: null })).toBeNull();
    expect(await provider.readWebhook({ body: "{}", signature: "t=1,v1=a" })).toEqual({ ok: false, code: "invalid_signature" });
    expect(await provider.health()).toEqual({ status: "up", dependencies: {} });
  });
});
