/** What is done to an order after it was placed, over HTTP on all Workers together. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCloud } from "../../local/cloud.ts";
import { orderSchema } from "../../shared/contracts/order.ts";
import { paymentSchema, refundSchema, returnSchema } from "../../shared/contracts/payment.ts";
import { inventorySchema } from "../../shared/contracts/product.ts";
import { problemSchema } from "../../shared/errors/problem.ts";
import { eventually, shopClient, stockedSku, type ShopClient } from "../../shared/testing/shop-client.ts";

let cloud: Awaited<ReturnType<typeof startCloud>>;
let stateDir: string;
let customer: ShopClient;
let operator: ShopClient;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "holdfast-changes-"));
  const { HOLDFAST_POSTGRES_URL: postgresUrl, HOLDFAST_REDIS_URL: redisUrl } = process.env;
  const stores = { ...(postgresUrl !== undefined && { postgresUrl }), ...(redisUrl !== undefined && { redisUrl }) };
  cloud = await startCloud({ stateDir, port: 0, ...stores });
  customer = shopClient(cloud.baseUrl, cloud.customerKey);
  operator = shopClient(cloud.baseUrl, cloud.operatorKey);
}, 60_000);

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true, force: true });
});

/** A confirmed order of two units of a fresh SKU, 10 in stock. */
async function place(rest: object = {}) {
  const sku = await stockedSku(operator, 10);
  const reply = await customer.post("/v1/orders", { items: [{ sku, quantity: 2 }], payment_method: "pm_card_visa", ...rest });
  const order = orderSchema.parse(reply.body);
  return { sku, reply, order, path: `/v1/orders/${order.id}` };
}
const levels = async (sku: string) => {
  const { on_hand, reserved, sold } = inventorySchema.parse((await operator.get(`/v1/inventory/${sku}`)).body);
  return { on_hand, reserved, sold };
};
const total = (order: { total_minor: number | null }): number => order.total_minor ?? 0;

describe("after the sale", () => {
  it("a confirmed order is cancelled: money and units are back, under any key, and nothing more can be done to it", async () => {
    const { sku, order, path } = await place();
    const cancelled = await customer.post(`${path}/cancel`, { reason: "changed my mind" });
    expect([cancelled.status, cancelled.headers.get("location")]).toEqual([200, path]);
    expect(orderSchema.parse(cancelled.body)).toMatchObject({ status: "cancelled", payment: { status: "refunded" } });
    expect((await customer.post(`${path}/cancel`, undefined)).body).toMatchObject({ status: "cancelled" });
    await eventually(async () => expect(await levels(sku)).toEqual({ on_hand: 10, reserved: 0, sold: 0 }));
    const payment = paymentSchema.parse((await customer.get(`/v1/payments/${order.payment.id}`)).body);
    expect(payment).toMatchObject({ status: "refunded", refunded_minor: total(order), refunds: [{ reason: "changed my mind" }] });
    expect(problemSchema.parse((await operator.post(`${path}/fulfil`, {})).body).code).toBe("order_not_fulfillable");
  });

  it("a part is shipped, comes back and is refunded; each answer is replayed", async () => {
    const { sku, order, path } = await place();
    const key = { "idempotency-key": crypto.randomUUID() };
    const body = { amount_minor: 1, reason: "scratched" };
    expect((await operator.post(`${path}/fulfil`, { items: [{ sku, quantity: 1 }] })).body).toMatchObject({ status: "confirmed" });
    expect(problemSchema.parse((await customer.post(`${path}/cancel`, {})).body)).toMatchObject({
      code: "order_fulfilled",
      order_id: order.id,
    });
    const returned = await operator.post(`${path}/returns`, { items: [{ sku, quantity: 1 }] });
    expect([returned.status, returnSchema.parse(returned.body).status]).toEqual([201, "restocked"]);
    const [first, again] = [await operator.post(`${path}/refunds`, body, key), await operator.post(`${path}/refunds`, body, key)];
    expect([first.status, refundSchema.parse(first.body).status]).toEqual([201, "succeeded"]);
    expect([again.headers.get("idempotent-replayed"), again.headers.get("location")]).toEqual(["true", first.headers.get("location")]);
    expect(again.body).toEqual(first.body);
    const all = { amount_minor: total(order), reason: "more than is left" };
    expect(problemSchema.parse((await operator.post(`${path}/refunds`, all)).body).code).toBe("refund_too_large");
    await eventually(async () => expect(await levels(sku)).toEqual({ on_hand: 9, reserved: 0, sold: 1 }));
  });

  it("an order whose card is refused waits, its units held, and is paid with another one", async () => {
    const { sku, reply, order, path } = await place({ payment_method: "pm_card_declined", on_decline: "wait", hold_seconds: 600 });
    expect([reply.status, reply.headers.get("location"), order.status, order.payment.status]).toEqual([
      202,
      path,
      "pending_payment",
      "declined",
    ]);
    expect(await levels(sku)).toEqual({ on_hand: 10, reserved: 2, sold: 0 });
    const pay = (payment_method: string) => customer.post("/v1/payments", { order_id: order.id, payment_method });
    expect((await pay("pm_card_insufficient_funds")).status).toBe(402);
    const paid = await pay("pm_card_visa");
    expect([paid.status, paid.headers.get("location")]).toEqual([201, `/v1/payments/${order.payment.id}`]);
    expect(paymentSchema.parse(paid.body)).toMatchObject({ status: "captured", attempt: 3, amount_minor: total(order) });
    expect((await customer.get(path)).body).toMatchObject({ status: "confirmed" });
    expect(problemSchema.parse((await pay("pm_card_visa")).body).code).toBe("order_not_payable");
  });

  it("an order that is not there is 404 for everything, and a customer ships nothing", async () => {
    const path = `/v1/orders/ord_${"0".repeat(32)}`;
    for (const [action, body] of [
      ["cancel", {}],
      ["refunds", { reason: "x" }],
      ["fulfil", {}],
      ["returns", { items: [{ sku: "A", quantity: 1 }] }],
    ] as const)
      expect((await operator.post(`${path}/${action}`, body)).status).toBe(404);
    expect((await customer.post(`${path}/fulfil`, {})).status).toBe(403);
  });
});
