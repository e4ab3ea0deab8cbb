import { describe, expect, test, vi } from "vitest";
import type { OrderActorApi, PaymentApi } from "../../../shared/contracts/rpc.ts";
import { OperatingError } from "../../../shared/errors/operating-error.ts";
import { maxBodyBytes } from "../middleware/read-json-body.ts";
import { fakePorts, problemOf, send, type PortOverrides } from "../testing/fake-ports.ts";
import { createApp } from "../app.ts";

const orderId = "ord_0123456789abcdef0123456789abcdef";
const body = `{"id":"evt_1",  "type":"payment_intent.succeeded"}`;

type Read = Awaited<ReturnType<PaymentApi["readWebhook"]>>;
const reads = (read: Read) => vi.fn<PaymentApi["readWebhook"]>(() => Promise.resolve(read));
const wakes = () => vi.fn<OrderActorApi["wake"]>(() => Promise.resolve());

/** As Stripe sends it: no API key, no Idempotency-Key, the text as it was signed. */
const deliver = (overrides: PortOverrides, sent = body): Promise<Response> =>
  send(createApp(fakePorts(overrides)), ["POST", "/webhooks/stripe"], {
    key: null,
    idempotencyKey: null,
    body: sent,
    headers: { "Stripe-Signature": "t=1,v1=abc" },
  });

describe("POST /webhooks/stripe", () => {
  test("needs no API key, hands on the very text with its signature, and wakes the order now", async () => {
    const readWebhook = reads({ ok: true, orderId });
    const wake = wakes();
    const response = await deliver({ payment: { readWebhook }, orderActor: { wake } });
    expect([response.status, await response.json()]).toEqual([200, { received: true }]);
    expect(readWebhook).toHaveBeenCalledExactlyOnceWith({ body, signature: "t=1,v1=abc" });
    expect(wake).toHaveBeenCalledExactlyOnceWith({ orderId, now: true });
  });

  test("asks the actor that the order's id names", async () => {
    const orderActor = vi.fn(() => ({ wake: wakes() }) as unknown as OrderActorApi);
    const ports = fakePorts({ payment: { readWebhook: reads({ ok: true, orderId }) } });
    const app = createApp({ ...ports, orderActor });
    expect((await send(app, ["POST", "/webhooks/stripe"], { key: null, body })).status).toBe(200);
    expect(orderActor).toHaveBeenCalledExactlyOnceWith("0123456789abcdef0123456789abcdef");
  });

  test("what is not about an order of ours is taken and wakes nobody", async () => {
    expect((await deliver({ payment: { readWebhook: reads({ ok: true, orderId: null }) } })).status).toBe(200);
  });

  test("a wrong signature is 400 and wakes nobody", async () => {
    const response = await deliver({ payment: { readWebhook: reads({ ok: false, code: "invalid_signature" }) } });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: "webhook_signature_invalid" });
  });

  test.each([new OperatingError("no", { retryable: true }), new Error("gone")])("503 when the order cannot be woken: %s", async (error) => {
    const wake = vi.fn<OrderActorApi["wake"]>(() => Promise.reject(error));
    const response = await deliver({ payment: { readWebhook: reads({ ok: true, orderId }) }, orderActor: { wake } });
    expect(await problemOf(response)).toMatchObject({ status: 503, code: "unavailable" });
  });

  test("503 when the payment Worker cannot be asked", async () => {
    const readWebhook = vi.fn<PaymentApi["readWebhook"]>(() => Promise.reject(new Error("gone")));
    expect(await problemOf(await deliver({ payment: { readWebhook } }))).toMatchObject({ status: 503, code: "unavailable" });
  });

  test("more than 64 KiB is 413 and is not looked at", async () => {
    const response = await deliver({}, "x".repeat(maxBodyBytes + 1));
    expect(await problemOf(response)).toMatchObject({ status: 413, code: "payload_too_large" });
  });

  test.each([
    ["accepted", { ok: true, orderId }, wakes()],
    ["accepted", { ok: true, orderId: null }, wakes()],
    ["invalid_signature", { ok: false, code: "invalid_signature" }, wakes()],
    ["unavailable", { ok: true, orderId }, vi.fn<OrderActorApi["wake"]>(() => Promise.reject(new Error("gone")))],
    ["unavailable", null, wakes()],
  ] as const)("is counted as %s when the payment Worker says %j", async (outcome, read: Read | null, wake) => {
    const readWebhook = () => (read === null ? Promise.reject(new Error("gone")) : Promise.resolve(read));
    const ports = fakePorts({ payment: { readWebhook }, orderActor: { wake } });
    await send(createApp(ports), ["POST", "/webhooks/stripe"], { key: null, body });
    const counted = vi.mocked(ports.metrics.count).mock.calls.filter(([name]) => name === "holdfast_webhooks_total");
    expect(counted).toEqual([["holdfast_webhooks_total", { provider: "stripe", outcome }]]);
  });

  test("any other method is 405", async () => {
    const response = await send(createApp(fakePorts()), ["GET", "/webhooks/stripe"], { key: null });
    expect(await problemOf(response)).toMatchObject({ status: 405 });
  });
});
