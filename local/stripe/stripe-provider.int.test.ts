/** The payment Worker's Stripe adapter, with the official SDK, against the Stripe of this machine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChargeCommand, RefundCommand } from "../../shared/contracts/rpc.ts";
import type { PaymentProvider } from "../../workers/payment/provider.ts";
import { createStripeProvider } from "../../workers/payment/providers/stripe.ts";
import { openStripeServer, type StripeServer, type StripeServerOptions } from "./server.ts";

const startMs = Date.parse("2026-11-21T09:30:00.000Z");
const hourMs = 60 * 60_000;
let directory: string;
let server: StripeServer;
let provider: PaymentProvider;
/** The time at the provider and in the adapter. */
const clock = { ms: startMs };
/** What a slow card waits for. */
let slowCard = Promise.withResolvers<undefined>();
let orders = 0;

async function open(options: Partial<StripeServerOptions> = {}): Promise<StripeServer> {
  const now = (): number => clock.ms;
  return openStripeServer({ path: join(directory, "ledger.db"), now, sleep: () => slowCard.promise, ...options });
}

const connect = ({ secretKey, webhookSecret, url }: StripeServer, requestTimeoutMs = 5_000): PaymentProvider =>
  createStripeProvider(
    { secretKey, webhookSecret, apiBase: url },
    { now: () => clock.ms, limits: { requestTimeoutMs, callBudgetMs: 25_000 } },
  );

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-stripe-"));
  server = await open();
  provider = connect(server);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => {
  clock.ms = startMs;
  slowCard = Promise.withResolvers();
});

/** A charge of an order of its own. */
function newCharge(paymentMethod: string, change: Partial<ChargeCommand> = {}): ChargeCommand {
  orders += 1;
  const name = orders.toString(16).padStart(32, "0");
  return {
    chargeId: `ord_${name}:charge:1`,
    paymentId: `pay_${name}`,
    orderId: `ord_${name}`,
    amountMinor: 1_999,
    currency: "EUR",
    paymentMethod,
    tryNumber: 1,
    askedAtMs: clock.ms,
    context: { requestId: "req", correlationId: "req" },
    ...change,
  };
}

const ofUnknownAmount = (command: ChargeCommand): ChargeCommand => ({ ...command, amountMinor: 0, currency: "" });
const capturesOf = ({ orderId }: ChargeCommand) => server.ledger().filter((capture) => capture.orderId === orderId);
const capturedMinor = (command: ChargeCommand): number => capturesOf(command).reduce((sum, capture) => sum + capture.capturedMinor, 0);
const declined = (reason: string) => ({ ok: false, code: "payment_declined", reason });
const isCaptured = { ok: true, reference: expect.stringMatching(/^pi_/) as string };
const tooLate = { ok: false, code: "captured", reference: expect.stringMatching(/^pi_/) as string, amountMinor: 1_999, currency: "EUR" };
const unknown = { name: "OperatingError", retryable: true };

describe("charge", () => {
  test("takes the money once, however often it is asked, and says who it is for", async () => {
    const command = newCharge("pm_card_visa");
    const first = await provider.charge(command);
    expect(first).toEqual(isCaptured);
    expect(await provider.charge({ ...command, tryNumber: 2 })).toEqual(first);
    expect(await provider.lookUp(command)).toEqual(first);
    const { orderId, chargeId } = command;
    expect(capturesOf(command)).toMatchObject([{ orderId, chargeId, capturedMinor: 1_999, refundedMinor: 0, currency: "EUR" }]);
  });

  test.each([
    ["pm_card_declined", "card_declined"],
    ["pm_card_insufficient_funds", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "card_declined"],
    ["pm_card_authenticationRequired", "card_declined"],
  ])("%s is declined (%s), and stays declined", async (token, reason) => {
    const command = newCharge(token);
    for (const ask of ["charge", "charge", "lookUp"] as const) expect(await provider[ask](command)).toEqual(declined(reason));
    expect(await provider.void(command)).toEqual({ ok: true });
    expect(await provider.charge(command)).toEqual(declined(reason));
    expect(capturedMinor(command)).toBe(0);
  });

  test("a token that Stripe does not know", async () => {
    const command = newCharge("pm_of_nobody");
    expect(await provider.charge(command)).toEqual({ ok: false, code: "unknown_payment_method" });
    expect(await provider.charge(command)).toEqual({ ok: false, code: "unknown_payment_method" });
    expect(await provider.void(command)).toEqual({ ok: true });
  });

  test.each([0, 100_000_000])("an amount that Stripe does not charge (%i) is refused for good, which is logged", async (amountMinor) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const command = newCharge("pm_card_visa", { amountMinor });
    for (const ask of ["charge", "lookUp"] as const) expect(await provider[ask](command)).toEqual(declined("amount_not_accepted"));
    expect(await provider.void(command)).toEqual({ ok: true });
    const lines = warn.mock.calls.map(([line]) => JSON.parse(String(line)) as object);
    warn.mockRestore();
    expect(lines).toMatchObject([1, 2].map(() => ({ order_id: command.orderId, amount_minor: amountMinor, currency: "EUR" })));
  });

  test("many at once, under one id, take the money once", async () => {
    const command = newCharge("pm_card_visa");
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => provider.charge(command)));
    for (const result of results) {
      if (result.status === "fulfilled") expect(result.value).toEqual(isCaptured);
      else expect(result.reason).toMatchObject(unknown);
    }
    expect(capturesOf(command)).toHaveLength(1);
  });

  test("another card of the same order is another charge", async () => {
    const first = newCharge("pm_card_declined");
    const second = { ...first, chargeId: `${first.orderId}:charge:2`, paymentMethod: "pm_card_visa" };
    expect(await provider.charge(first)).toEqual(declined("card_declined"));
    expect(await provider.charge(second)).toEqual(isCaptured);
    expect(await provider.lookUp(first)).toEqual(declined("card_declined"));
    expect(capturesOf(first)).toHaveLength(1);
  });
});

describe("a lost answer", () => {
  test.each([
    ["create_intent", "lose_request", { ok: false, code: "not_found" }],
    ["create_intent", "lose_reply", { ok: false, code: "not_found" }],
    ["create_intent", "fail", { ok: false, code: "not_found" }],
    ["confirm_intent", "lose_request", { ok: false, code: "not_found" }],
    ["confirm_intent", "lose_reply", isCaptured],
    ["confirm_intent", "fail", { ok: false, code: "not_found" }],
  ] as const)("%s, %s: unknown, then the look-up tells, and a repetition takes the money once", async (operation, fault, found) => {
    const command = newCharge("pm_card_visa");
    server.tricks.failNext(operation, fault);
    await expect(provider.charge(command)).rejects.toMatchObject(unknown);
    expect(await provider.lookUp(command)).toEqual(found);
    expect(await provider.charge({ ...command, tryNumber: 2 })).toEqual(isCaptured);
    expect(capturesOf(command)).toHaveLength(1);
  });

  test("a decline whose answer was lost is found, and not tried again", async () => {
    const command = newCharge("pm_card_insufficient_funds");
    server.tricks.failNext("confirm_intent", "lose_reply");
    await expect(provider.charge(command)).rejects.toMatchObject(unknown);
    expect(await provider.lookUp(command)).toEqual(declined("insufficient_funds"));
    expect(await provider.charge(command)).toEqual(declined("insufficient_funds"));
  });

  test("pm_card_flaky fails at first, and is captured by a later try", async () => {
    const command = newCharge("pm_card_flaky");
    await expect(provider.charge(command)).rejects.toMatchObject(unknown);
    expect(await provider.lookUp(command)).toEqual({ ok: false, code: "not_found" });
    expect(await provider.charge({ ...command, tryNumber: 2 })).toEqual(isCaptured);
    expect(await provider.charge({ ...command, tryNumber: 3 })).toEqual(isCaptured);
    expect(capturesOf(command)).toHaveLength(1);
  });

  test("a Stripe that goes on failing never takes the money twice, and is fenced in the end", async () => {
    const command = newCharge("pm_card_visa");
    server.tricks.failNext("confirm_intent", "fail", "fail", "fail");
    for (let tries = 1; tries <= 5; tries += 1) {
      await expect(provider.charge({ ...command, tryNumber: tries })).rejects.toMatchObject(unknown);
    }
    expect(await provider.void(command)).toEqual({ ok: true });
    expect(await provider.charge(command)).toEqual(declined("card_declined"));
    expect(capturedMinor(command)).toBe(0);
  });

  test("pm_card_timeout_captured took the money and never answers: the look-up finds it, the void too", async () => {
    const command = newCharge("pm_card_timeout_captured");
    const impatient = connect(server, 150);
    await expect(impatient.charge(command)).rejects.toMatchObject(unknown);
    await expect(impatient.charge({ ...command, tryNumber: 2 })).rejects.toMatchObject(unknown);
    expect(await provider.lookUp(command)).toEqual(isCaptured);
    expect(await provider.void(command)).toEqual(tooLate);
    expect(capturesOf(command)).toHaveLength(1);
  });

  test("pm_card_timeout took nothing and never answers", async () => {
    const command = newCharge("pm_card_timeout");
    const impatient = connect(server, 150);
    await expect(impatient.charge(command)).rejects.toMatchObject(unknown);
    expect(await provider.lookUp(command)).toEqual({ ok: false, code: "not_found" });
    expect(await provider.void(command)).toEqual({ ok: true });
    expect(capturedMinor(command)).toBe(0);
  });

  test("pm_card_slow is being processed, cannot be voided meanwhile, and is captured in the end", async () => {
    const command = newCharge("pm_card_slow");
    const charging = provider.charge(command);
    await vi.waitFor(async () => expect(await provider.lookUp(command)).toEqual({ ok: false, code: "processing" }));
    await expect(provider.void(command)).rejects.toMatchObject(unknown);
    await expect(provider.charge(command), "the key is in use").rejects.toMatchObject(unknown);
    clock.ms += 5_000;
    slowCard.resolve(undefined);
    expect(await charging).toEqual(isCaptured);
    expect(await provider.void(command)).toEqual(tooLate);
    expect(capturesOf(command)).toHaveLength(1);
  });
});

describe("void", () => {
  test("fences a confirmation that is under way", async () => {
    const command = newCharge("pm_card_visa");
    const release = server.tricks.hold("confirm_intent");
    const charging = provider.charge(command);
    await vi.waitFor(async () => expect(await provider.lookUp(command)).toEqual({ ok: false, code: "not_found" }));
    expect(await provider.void(command)).toEqual({ ok: true });
    release();
    expect(await charging).toEqual(declined("card_declined"));
    expect(await provider.charge(command)).toEqual(declined("card_declined"));
    expect(await provider.lookUp(command)).toEqual(declined("card_declined"));
    expect(capturedMinor(command)).toBe(0);
  });

  test("fences a charge that has not been sent yet", async () => {
    const command = newCharge("pm_card_visa");
    expect(await provider.void(command)).toEqual({ ok: true });
    expect(await provider.charge(command)).toEqual(declined("card_declined"));
    expect(capturedMinor(command)).toBe(0);
  });

  test("twice is once, also when its answer was lost", async () => {
    const command = newCharge("pm_card_timeout");
    server.tricks.failNext("cancel_intent", "lose_reply");
    await expect(provider.void(command)).rejects.toMatchObject(unknown);
    expect(await provider.void(command)).toEqual({ ok: true });
    expect(await provider.void(command)).toEqual({ ok: true });
  });

  test("of an amount that was never known fences the id all the same", async () => {
    const command = newCharge("pm_card_visa");
    expect(await provider.lookUp(ofUnknownAmount(command))).toEqual({ ok: false, code: "not_found" });
    expect(await provider.void(ofUnknownAmount(command))).toEqual({ ok: true });
    expect(await provider.void(ofUnknownAmount(command))).toEqual({ ok: true });
    expect(await provider.charge(command)).toEqual(declined("card_declined"));
    expect(await provider.lookUp(command)).toEqual(declined("card_declined"));
    expect(capturedMinor(command)).toBe(0);
  });

  test("of an amount that was never known finds money that was taken, and how much", async () => {
    const command = newCharge("pm_card_visa");
    await provider.charge(command);
    expect(await provider.lookUp(ofUnknownAmount(command))).toEqual(isCaptured);
    expect(await provider.void(ofUnknownAmount(command))).toEqual(tooLate);
  });

  test("does not guess while the index is behind the ledger", async () => {
    await using lagging = await open({ path: join(directory, "lagging.db"), searchLagMs: 60_000 });
    const behind = connect(lagging);
    const command = newCharge("pm_card_visa");
    await behind.charge(command);
    await expect(behind.void(ofUnknownAmount(command))).rejects.toMatchObject(unknown);
    clock.ms += 61_000;
    expect(await behind.void(ofUnknownAmount(command))).toEqual(tooLate);
  });
});

describe("a day later, when Stripe has forgotten the keys", () => {
  test.each([startMs, null])("a charge sent at %s is found in the index, and no second one is made", async (askedAtMs) => {
    const command = newCharge("pm_card_visa");
    await provider.charge(command);
    clock.ms += 25 * hourMs;
    expect(await provider.lookUp({ ...command, askedAtMs })).toEqual(isCaptured);
    expect(await provider.void({ ...command, askedAtMs })).toEqual(tooLate);
    expect(capturesOf(command)).toHaveLength(1);
  });

  test("a refund that was made is found among the intent's", async () => {
    const refund = await newRefund(newCharge("pm_card_visa"), 500);
    const first = await provider.refund(refund);
    clock.ms += 25 * hourMs;
    expect(await provider.refund(refund)).toEqual(first);
    expect(refundedMinor(refund)).toBe(500);
  });
});

/** A refund of a charge that has been captured. */
async function newRefund(command: ChargeCommand, amountMinor: number, number = 1): Promise<RefundCommand> {
  const reply = await provider.charge(command);
  if (!reply.ok) throw new Error("The charge was not captured");
  const { chargeId, orderId, paymentId, currency, paymentMethod, context } = command;
  const refundId = `${orderId}:refund:${number}`;
  return { refundId, chargeId, reference: reply.reference, orderId, paymentId, amountMinor, currency, paymentMethod, context };
}

const refundedMinor = ({ orderId }: RefundCommand): number | undefined =>
  server.ledger().find((capture) => capture.orderId === orderId)?.refundedMinor;

describe("refund", () => {
  test("gives back a part, once, and then the rest", async () => {
    const command = newCharge("pm_card_visa");
    const part = await newRefund(command, 500);
    const first = await provider.refund(part);
    expect(first).toEqual({ ok: true, reference: expect.stringMatching(/^re_/) as string });
    expect(await provider.refund(part)).toEqual(first);
    expect(refundedMinor(part)).toBe(500);
    expect(await provider.refund(await newRefund(command, 1_499, 2))).toMatchObject({ ok: true });
    expect(refundedMinor(part)).toBe(1_999);
  });

  test("more than is left is refused, and so is anything of a charge that went back whole", async () => {
    const command = newCharge("pm_card_visa");
    expect(await provider.refund(await newRefund(command, 2_000))).toMatchObject({ ok: false, code: "refund_refused" });
    expect(await provider.refund(await newRefund(command, 1_999, 2))).toMatchObject({ ok: true });
    const late = await provider.refund(await newRefund(command, 1, 3));
    expect(late).toEqual({ ok: false, code: "refund_refused", reason: "charge_already_refunded" });
  });

  test.each([
    ["create_refund", "lose_request"],
    ["create_refund", "lose_reply"],
    ["create_refund", "fail"],
    ["list_refunds", "lose_reply"],
  ] as const)("%s, %s: unknown, then once", async (operation, fault) => {
    const refund = await newRefund(newCharge("pm_card_visa"), 700);
    server.tricks.failNext(operation, fault);
    await expect(provider.refund(refund)).rejects.toMatchObject(unknown);
    expect(await provider.refund(refund)).toMatchObject({ ok: true });
    expect(refundedMinor(refund)).toBe(700);
  });

  test("one that Stripe has taken on counts, though the bank has not moved the money yet", async () => {
    expect(await provider.refund(await newRefund(newCharge("pm_card_pendingRefund"), 100))).toMatchObject({ ok: true });
  });

  test("a reference that Stripe does not know is refused", async () => {
    const refund = await newRefund(newCharge("pm_card_visa"), 100);
    expect(await provider.refund({ ...refund, reference: "pi_nobody" })).toMatchObject({ ok: false, code: "refund_refused" });
  });
});

describe("listCaptures", () => {
  test("gives every capture once, oldest first, also more of one second than a page holds", async () => {
    await using other = await open({ path: join(directory, "captures.db") });
    const payments = connect(other);
    const charges: ChargeCommand[] = [];
    const capture = async (): Promise<void> => {
      const command = newCharge("pm_card_visa");
      charges.push(command);
      await payments.charge(command);
    };
    for (let count = 0; count < 105; count += 1) await capture();
    clock.ms += 40 * 24 * hourMs;
    for (let count = 0; count < 30; count += 1, clock.ms += 60_000) await capture();
    await payments.charge(newCharge("pm_card_declined"));
    const pages = await allCaptures(payments, startMs);
    expect(pages.map(({ chargeId }) => chargeId)).toEqual(charges.map(({ chargeId }) => chargeId));
    expect((await allCaptures(payments, startMs + hourMs)).length).toBe(30);
  });

  test("says what went back", async () => {
    const refund = await newRefund(newCharge("pm_card_visa"), 300);
    await provider.refund(refund);
    const found = (await allCaptures(provider, startMs)).find(({ chargeId }) => chargeId === refund.chargeId);
    const { orderId, chargeId, reference } = refund;
    const amounts = { capturedMinor: 1_999, refundedMinor: 300, currency: "EUR", createdAtMs: startMs };
    expect(found).toEqual({ orderId, chargeId, reference, ...amounts });
  });
});

async function allCaptures(payments: PaymentProvider, sinceMs: number) {
  const captures = [];
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page = await payments.listCaptures({ sinceMs, cursor });
    captures.push(...(page?.captures ?? []));
    cursor = page?.next ?? null;
  }
  return captures;
}

describe("health", () => {
  test("says whether Stripe can be asked, as it was at most 10 s ago", async () => {
    await using other = await open({ path: join(directory, "health.db") });
    const payments = connect(other);
    expect(await payments.health()).toMatchObject({ status: "up", dependencies: { stripe: { status: "up" } } });
    await other.stop();
    expect(await payments.health()).toMatchObject({ status: "up" });
    clock.ms += 10_000;
    expect(await payments.health()).toMatchObject({ status: "down", dependencies: { stripe: { status: "down" } } });
  });

  test("a key that Stripe does not take", async () => {
    const payments = createStripeProvider({ secretKey: "sk_test_other", webhookSecret: "w", apiBase: server.url }, { now: () => clock.ms });
    expect(await payments.health()).toMatchObject({ status: "down", dependencies: { stripe: { detail: "StripeAuthenticationError" } } });
  });
});
