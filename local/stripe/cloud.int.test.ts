/** Orders that are paid at the Stripe of this machine, by all Workers together: its ledger says what was truly taken. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderSchema, timelineSchema, type WireOrder } from "../../shared/contracts/order.ts";
import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../../shared/testing/shop-client.ts";
import { startCloud, type Cloud } from "../cloud.ts";

let stateDir: string;
let cloud: Cloud;
let customer: ShopClient;
let operator: ShopClient;
const lines: string[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-stripe-"));
  // Longer than a step waits for an answer; and every webhook comes twice, the newest first.
  cloud = await startCloud({
    stateDir,
    payment: "stripe",
    stripe: { slowMs: 2_500, webhooks: { copies: 2, newestFirst: true, delayMs: 50 } },
    onLog: (line) => lines.push(line),
  });
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
});

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

async function place(paymentMethod: string) {
  const sku = await stockedSku(operator, 10);
  const headers = { "idempotency-key": crypto.randomUUID() };
  const body = { items: [{ sku, quantity: 2 }], payment_method: paymentMethod };
  const answer = await customer.post("/v1/orders", body, headers);
  const { id, order_id: orderId } = answer.body as { id?: string; order_id?: string };
  return { answer, sku, orderId: orderId ?? id ?? "" };
}

const orderOf = async (orderId: string): Promise<WireOrder> => orderSchema.parse((await customer.get(`/v1/orders/${orderId}`)).body);
const captures = (orderId: string): readonly ProviderCapture[] =>
  cloud.stripe?.ledger().filter((capture) => capture.orderId === orderId) ?? [];

/** As the gateway has taken them. */
const webhooksFor = (orderId: string): string[] => lines.filter((line) => line.includes("webhook received") && line.includes(orderId));

describe("an order paid at Stripe", () => {
  test("is confirmed, and its money taken once, also after Stripe has said so twice", async () => {
    const { answer, orderId } = await place("pm_card_visa");
    expect(answer.status).toBe(201);
    expect(captures(orderId)).toMatchObject([{ chargeId: `${orderId}:charge:1`, capturedMinor: 1_000, refundedMinor: 0, currency: "EUR" }]);
    expect(await orderOf(orderId)).toMatchObject({ status: "confirmed", payment: { status: "captured", amount_minor: 1_000 } });
  });

  test.each([
    ["pm_card_declined", 402, "payment_declined"],
    ["pm_card_insufficient_funds", 402, "payment_declined"],
    ["pm_of_nobody", 422, "unknown_payment_method"],
  ])("%s: %i %s, the stock is free again and no money was taken", async (token, status, code) => {
    const { answer, orderId, sku } = await place(token);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(await operator.get(`/v1/inventory/${sku}`)).toMatchObject({ body: { available: 10, reserved: 0 } });
    expect(captures(orderId)).toEqual([]);
  });

  test.each([0, 100_000_000])("an amount that Stripe does not take (%i) waits for no other card, and says so", async (priceMinor) => {
    const sku = await stockedSku(operator, 10, priceMinor);
    const body = { items: [{ sku, quantity: 1 }], payment_method: "pm_card_visa", on_decline: "wait" };
    const refusal = { code: "payment_declined", detail: "The amount was refused: amount_not_accepted." };
    expect(await customer.post("/v1/orders", body)).toMatchObject({ status: 402, body: refusal });
    expect(await operator.get(`/v1/inventory/${sku}`)).toMatchObject({ body: { available: 10, reserved: 0 } });
  });

  test.each(["pm_card_slow", "pm_card_timeout_captured", "pm_card_flaky"])(
    "%s is confirmed in the end, and charged once",
    async (token) => {
      const { orderId } = await place(token);
      await eventually(async () => expect((await orderOf(orderId)).status).toBe("confirmed"));
      expect(captures(orderId)).toHaveLength(1);
    },
  );
});

describe("POST /webhooks/stripe", () => {
  const event = (type: string, orderId: string): string =>
    JSON.stringify({ id: "evt_1", object: "event", type, data: { object: { metadata: { order_id: orderId } } } });
  const deliver = (payload: string, secret: string): Promise<Response> => {
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    return fetch(`${cloud.baseUrl}/webhooks/stripe`, { method: "POST", headers: { "stripe-signature": signature }, body: payload });
  };
  const stripeOf = ({ stripe }: Cloud) => {
    if (stripe === undefined) throw new Error("There is no Stripe");
    return stripe;
  };

  test("what is not signed with our secret is refused", async () => {
    const { orderId } = await place("pm_card_visa");
    expect((await deliver(event("payment_intent.succeeded", orderId), "whsec_of_nobody")).status).toBe(400);
  });

  test("late, doubled and out of order, and saying what is not so: changes nothing", async () => {
    const { orderId } = await place("pm_card_visa");
    await eventually(async () => expect(webhooksFor(orderId)).toHaveLength(2));
    const before = await orderOf(orderId);
    for (const type of ["payment_intent.payment_failed", "payment_intent.canceled", "payment_intent.succeeded", "charge.refunded"]) {
      expect((await deliver(event(type, orderId), stripeOf(cloud).webhookSecret)).status).toBe(200);
    }
    expect(await orderOf(orderId)).toEqual(before);
    expect(captures(orderId)).toHaveLength(1);
  });

  test("an order that nobody has placed is no reason to send it again", async () => {
    const payload = event("payment_intent.succeeded", `ord_${"0".repeat(32)}`);
    expect((await deliver(payload, stripeOf(cloud).webhookSecret)).status).toBe(200);
  });

  test("wakes an order that waits for Stripe to be back, before its own time", async () => {
    const stripe = stripeOf(cloud);
    await stripe.stop();
    const { answer, orderId } = await place("pm_card_visa");
    expect(answer.status).toBe(202);
    const timeline = async () => timelineSchema.parse((await customer.get(`/v1/orders/${orderId}/timeline`)).body);
    let ownTimeMs = 0;
    await eventually(async () => {
      ownTimeMs = Date.parse((await timeline()).next?.at ?? "");
      expect(ownTimeMs - Date.now()).toBeGreaterThan(5_000);
    });
    await stripe.start();
    await deliver(event("payment_intent.succeeded", orderId), stripe.webhookSecret);
    await eventually(async () => expect((await orderOf(orderId)).status).toBe("confirmed"));
    expect(Date.parse((await timeline()).entries.at(-1)?.at ?? "")).toBeLessThan(ownTimeMs);
    expect(captures(orderId)).toHaveLength(1);
  });
});
