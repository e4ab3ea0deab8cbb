/** Webhooks: what the Stripe of this machine sends, and what the payment Worker makes of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { PaymentProvider } from "../../workers/payment/provider.ts";
import { createStripeProvider } from "../../workers/payment/providers/stripe.ts";
import { openEndpoint } from "../http-endpoint.ts";
import { openStripeServer, type StripeServer, type StripeServerOptions } from "./server.ts";

let directory: string;
let files = 0;
const orderId = "ord_0123456789abcdef0123456789abcdef";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-stripe-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const open = (options: Partial<StripeServerOptions> = {}): Promise<StripeServer> =>
  openStripeServer({ path: join(directory, `${(files += 1)}.db`), ...options });

const connect = ({ secretKey, webhookSecret, url }: StripeServer): PaymentProvider =>
  createStripeProvider({ secretKey, webhookSecret, apiBase: url }, { now: Date.now });

const charge = (payments: PaymentProvider, paymentMethod = "pm_card_visa") =>
  payments.charge({
    chargeId: `${orderId}:charge:1`,
    paymentId: "pay_1",
    orderId,
    amountMinor: 500,
    currency: "EUR",
    paymentMethod,
    tryNumber: 1,
    askedAtMs: null,
    context: { requestId: "req", correlationId: "req" },
  });

interface Webhook {
  readonly body: string;
  readonly signature: string;
}

/** Somewhere that webhooks are sent to. `answers` are the statuses of the first ones; the others get 200. */
async function openReceiver(...answers: number[]) {
  const received: Webhook[] = [];
  const endpoint = await openEndpoint(
    ({ body, headers }) => {
      received.push({ body, signature: String(headers["stripe-signature"]) });
      return Promise.resolve({ status: answers.shift() ?? 200, body: {} });
    },
    { port: 0 },
  );
  const typeOf = ({ body }: Webhook): string => (JSON.parse(body) as { type: string }).type;
  return { url: endpoint.url, received, types: () => received.map(typeOf), [Symbol.asyncDispose]: () => endpoint.stop() };
}

describe("delivery", () => {
  test("what happened to a payment is sent, signed, and names its order", async () => {
    await using server = await open();
    await using receiver = await openReceiver();
    server.sendWebhooksTo(receiver.url);
    const payments = connect(server);
    const captured = await charge(payments);
    if (!captured.ok) throw new Error("not captured");
    const { reference } = captured;
    const ids = { refundId: `${orderId}:refund:1`, chargeId: `${orderId}:charge:1`, reference, paymentId: "pay_1", orderId };
    const context = { requestId: "req", correlationId: "req" };
    await payments.refund({ ...ids, amountMinor: 100, currency: "EUR", paymentMethod: "pm_card_visa", context });
    await vi.waitFor(() => expect(receiver.types()).toEqual(["payment_intent.succeeded", "charge.refunded"]));
    for (const webhook of receiver.received) expect(await payments.readWebhook(webhook)).toEqual({ ok: true, orderId });
  });

  test("what is not taken is sent again, also when it happened before anybody was there", async () => {
    await using server = await open();
    await charge(connect(server), "pm_card_declined");
    await using receiver = await openReceiver(503);
    server.sendWebhooksTo(receiver.url);
    const failed = "payment_intent.payment_failed";
    await vi.waitFor(() => expect(receiver.types()).toEqual([failed, failed]), { timeout: 10_000 });
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  });

  test("doubled, and the newest first", async () => {
    await using server = await open({ webhooks: { copies: 2, newestFirst: true } });
    const payments = connect(server);
    await charge(payments, "pm_card_declined");
    const other = { ...(await cancelled(server)) };
    await using receiver = await openReceiver();
    server.sendWebhooksTo(receiver.url);
    const expected = ["payment_intent.canceled", "payment_intent.payment_failed"];
    await vi.waitFor(() => expect(receiver.types()).toEqual([...expected, ...expected]));
    expect(receiver.received[0]?.body).toContain(other.id);
  });

  test("late: not before its time", async () => {
    const clock = { ms: Date.now() };
    await using server = await open({ webhooks: { delayMs: 60_000 }, now: () => clock.ms });
    await using receiver = await openReceiver();
    await charge(connect(server));
    clock.ms += 59_999;
    await using before = await openReceiver();
    server.sendWebhooksTo(before.url);
    clock.ms += 1;
    server.sendWebhooksTo(receiver.url);
    await vi.waitFor(() => expect(receiver.types()).toEqual(["payment_intent.succeeded"]));
    expect(before.received).toEqual([]);
  });
});

/** An intent that was made and cancelled. */
async function cancelled({ url, secretKey }: StripeServer): Promise<Stripe.PaymentIntent> {
  const { hostname: host, port } = new URL(url);
  const stripe = new Stripe(secretKey, { host, port, protocol: "http" });
  const { id } = await stripe.paymentIntents.create({ amount: 1, currency: "eur" });
  return stripe.paymentIntents.cancel(id);
}

describe("readWebhook", () => {
  const secret = "whsec_1";
  const payments = createStripeProvider({ secretKey: "sk", webhookSecret: secret, apiBase: undefined }, { now: Date.now });
  const event = (type: string, metadata: unknown): string =>
    JSON.stringify({ id: "evt_1", object: "event", type, data: { object: { metadata } } });
  const seconds = (): number => Math.floor(Date.now() / 1_000);
  const sign = (payload: string, change: { secret?: string; timestamp?: number } = {}): Webhook => ({
    body: payload,
    signature: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds(), ...change }),
  });
  const refused = { ok: false, code: "invalid_signature" };
  const ours = event("payment_intent.succeeded", { order_id: orderId });

  test.each(["payment_intent.succeeded", "payment_intent.canceled", "charge.succeeded", "charge.refunded", "refund.failed"])(
    "%s names its order",
    async (type) => {
      expect(await payments.readWebhook(sign(event(type, { order_id: orderId })))).toEqual({ ok: true, orderId });
    },
  );

  test.each([
    ["customer.created", { order_id: orderId }],
    ["payment_intent.succeeded", {}],
    ["payment_intent.succeeded", null],
    ["payment_intent.succeeded", { order_id: "another shop's" }],
    ["charge.dispute.created", undefined],
  ])("%s with %j is not about an order of ours", async (type, metadata) => {
    expect(await payments.readWebhook(sign(event(type, metadata)))).toEqual({ ok: true, orderId: null });
  });

  test.each([
    ["another secret", () => sign(ours, { secret: "whsec_2" })],
    ["a signature of 301 s ago", () => sign(ours, { timestamp: seconds() - 302 })],
    ["another body", () => ({ ...sign(ours), body: ours.replace("succeeded", "canceled!") })],
    ["no signature", () => ({ body: ours, signature: "" })],
    ["no body", () => ({ ...sign(ours), body: "" })],
    ["nonsense for a signature", () => ({ body: ours, signature: "t=,v1=,," })],
  ])("%s is refused", async (_name, webhook) => {
    expect(await payments.readWebhook(webhook())).toEqual(refused);
  });

  test("a signature of some minutes ago is taken", async () => {
    expect(await payments.readWebhook(sign(ours, { timestamp: seconds() - 290 }))).toEqual({ ok: true, orderId });
  });
});
