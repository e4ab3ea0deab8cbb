import { describe, expect, test, vi } from "vitest";
import type { WireOrder } from "../../../shared/contracts/order.ts";
import type { WirePayment } from "../../../shared/contracts/payment.ts";
import type { ChangeOrderReply, OrderActorApi } from "../../../shared/contracts/rpc.ts";
import { idempotencyName } from "../../../shared/platform/ids.ts";
import {
  changed,
  customerKey,
  fakeApp,
  fakeOrderActor,
  operatorKey,
  problemOf,
  send,
  wireOrder,
  wirePayment,
} from "../testing/fake-ports.ts";

const path = "/v1/payments";
const paymentPath = `${path}/${wirePayment.id}`;
const body = { order_id: wireOrder.id, payment_method: "pm_card_visa" };

const pay = (reply: ChangeOrderReply, sent: unknown = body) =>
  send(fakeApp({ orderActor: fakeOrderActor(reply) }), ["POST", path], { body: sent });
const settledWith = (payment: Partial<WirePayment>, order: Partial<WireOrder> = {}): ChangeOrderReply => ({
  ...changed,
  payment: { ...wirePayment, ...payment },
  order: { ...wireOrder, ...order },
});
const failure = { code: "payment_unavailable", detail: "The hold has ended" } as const;

describe("POST /v1/payments", () => {
  test.each(["captured", "partially_refunded", "refunded"] as const)(
    "money that was taken (%s) is 201, with its address",
    async (status) => {
      const response = await pay(settledWith({ status }));
      expect([response.status, response.headers.get("Location")]).toEqual([201, paymentPath]);
      expect(await response.json()).toMatchObject({ id: wirePayment.id, status });
    },
  );

  test.each([
    ["working", { ...changed, kind: "working", payment: { ...wirePayment, status: "unknown" } }],
    ["settled, and not known", settledWith({ status: "unknown" }, { status: "pending_payment" })],
  ] as const)("a charge that is %s is 202, with where and when to look", async (_name, reply) => {
    const response = await pay(reply);
    expect([response.status, response.headers.get("Location"), response.headers.get("Retry-After")]).toEqual([202, paymentPath, "1"]);
    expect(await response.json()).toMatchObject({ status: "unknown" });
  });

  test("a card that is refused is 402 with the order, which goes on waiting", async () => {
    const declined = { status: "declined", decline_reason: "insufficient_funds" } as const;
    const response = await pay(settledWith(declined, { status: "pending_payment" }));
    expect(await problemOf(response)).toMatchObject({
      status: 402,
      code: "payment_declined",
      detail: "The card was refused: insufficient_funds.",
      order_id: wireOrder.id,
    });
  });

  test("a refusal that ends the order is told as the order tells it", async () => {
    const ended = { code: "payment_declined", detail: "The amount was refused: amount_not_accepted." } as const;
    const declined = { status: "declined", decline_reason: "amount_not_accepted" } as const;
    const response = await pay(settledWith(declined, { status: "compensating", failure: ended }));
    expect(await problemOf(response)).toMatchObject({ status: 402, ...ended, order_id: wireOrder.id });
  });

  test.each([
    ["failed", settledWith({ status: "voided" }, { status: "failed", failure }), 503, "payment_unavailable"],
    ["cancelled", settledWith({ status: "voided" }, { status: "cancelled" }), 409, "order_cancelled"],
    ["cancelled after a refusal", settledWith({ status: "declined" }, { status: "cancelled" }), 409, "order_cancelled"],
  ] as const)("an order that %s before the card was charged says so", async (_name, reply, status, code) => {
    const response = await pay(reply);
    expect([response.status, await problemOf(response)]).toMatchObject([status, { code, order_id: wireOrder.id }]);
    expect(response.headers.get("Retry-After")).toBeNull();
  });

  test.each([
    ["order_not_payable", null],
    ["payment_in_progress", "1"],
  ] as const)("%s is 409 with the order, and says whether to ask again", async (code, retryAfter) => {
    const response = await pay({ kind: "refused", code, detail: "why", order: wireOrder });
    expect(await problemOf(response)).toMatchObject({ status: 409, code, detail: "why", order_id: wireOrder.id });
    expect(response.headers.get("Retry-After")).toBe(retryAfter);
  });

  test("a token that the provider cannot know is 422, and touches nothing", async () => {
    const response = await send(fakeApp(), ["POST", path], { body: { ...body, payment_method: "pm_unknown" } });
    expect(await problemOf(response)).toMatchObject({ status: 422, code: "unknown_payment_method", errors: [{ field: "payment_method" }] });
  });

  test("an order that is not yours is 404, like any path that leads nowhere", async () => {
    const response = await pay({ kind: "not_found" });
    const nowhere = await send(fakeApp(), ["GET", "/v1/orders/ord_nonsense"]);
    expect([response.status, await response.text()]).toEqual([404, await nowhere.text()]);
  });

  test.each([
    [customerKey, "ada", "ada"],
    [operatorKey, null, "ops"],
  ])("%s pays on behalf of %s", async (key, principalId, id) => {
    const actor = fakeOrderActor();
    await send(fakeApp({ orderActor: actor }), ["POST", path], { key, body });
    expect(actor.changeOrder).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        orderId: wireOrder.id,
        principalId,
        change: { kind: "pay", operationId: await idempotencyName(id, "key-1"), paymentMethod: "pm_card_visa" },
      }),
    );
  });
});

describe("GET /v1/payments/:id", () => {
  const answering = (payment: WirePayment | null) => ({ getPayment: vi.fn<OrderActorApi["getPayment"]>(() => Promise.resolve(payment)) });

  test.each([
    [customerKey, "ada"],
    [operatorKey, null],
  ])("%s reads it from its order's actor on behalf of %s", async (key, principalId) => {
    const orderActor = answering(wirePayment);
    const response = await send(fakeApp({ orderActor }), ["GET", paymentPath], { key });
    expect([response.status, await response.json()]).toEqual([200, wirePayment]);
    expect(orderActor.getPayment).toHaveBeenCalledExactlyOnceWith({ orderId: wireOrder.id, principalId });
  });

  test("what is not yours is not there", async () => {
    const response = await send(fakeApp({ orderActor: answering(null) }), ["GET", paymentPath]);
    const nowhere = await send(fakeApp(), ["GET", `${path}/pay_nonsense`]);
    expect([response.status, await response.text()]).toEqual([404, await nowhere.text()]);
  });
});
