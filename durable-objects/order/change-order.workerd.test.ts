import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ChangeOrderReply, OrderChange, PlaceOrderCommand } from "../../shared/contracts/rpc.ts";
import { orderEventSchema } from "../../shared/events/catalogue.ts";
import { context, OwnOrder } from "../../shared/testing/own-order.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { testQueues } from "../../shared/testing/test-queues.ts";

let own: OwnOrder;

const read = () => own.actor().getOrder({ orderId: own.orderId, principalId: "alice" });
const levels = () => own.levels();
const place = (overrides?: Partial<PlaceOrderCommand>) => own.place(overrides);
const ask = (change: OrderChange, principalId?: string | null): Promise<ChangeOrderReply> => own.change(change, principalId);

const cancel = { kind: "cancel", operationId: "cancel-1", reason: "changed my mind" } as const;
const refund = (amountMinor: number | null, operationId = "refund-1") =>
  ({ kind: "refund", operationId, amountMinor, reason: "broken" }) as const;
const fulfil = { kind: "fulfil", operationId: "fulfil-1", lines: null } as const;
const giveBack = (quantity: number, operationId = "return-1") =>
  ({ kind: "return", operationId, lines: [{ sku: own.sku, quantity }], reason: null }) as const;

/** The refunds that the provider was asked for, repeats included. */
const refundIds = () => testProvider.calls.flatMap(({ command }) => ("refundId" in command ? [command.refundId] : []));

const types = () =>
  testQueues.received("order-events").flatMap((body) => {
    const event = orderEventSchema.safeParse(body).data;
    return event?.subject === own.orderId ? [event.type] : [];
  });

beforeEach(async () => {
  testProvider.reset();
  testQueues.reset();
  own = await OwnOrder.make();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("changeOrder: cancel", () => {
  it("of a sold order takes the stock back and refunds the money, once", async () => {
    await place();
    const reply = await ask(cancel);
    expect(reply).toMatchObject({
      kind: "settled",
      order: { status: "cancelled", payment: { status: "refunded", refunded_minor: 1_000 }, cancellation: { reason: "changed my mind" } },
    });
    expect(await ask(cancel)).toEqual(reply);
    expect(await ask({ ...cancel, operationId: "cancel-2" })).toMatchObject({ kind: "settled", order: { status: "cancelled" } });
    expect(testProvider.captures).toMatchObject([{ orderId: own.orderId, capturedMinor: 1_000, refundedMinor: 1_000 }]);
    expect(refundIds()).toEqual([`${own.orderId}:refund:1`]);
    await vi.waitFor(async () => expect(await levels()).toMatchObject({ onHand: 5, reserved: 0, sold: 0, received: 5 }));
    await vi.waitFor(() => expect(types()).toContain("holdfast.order.cancelled.v1"));
  });

  it("that comes in while the charge is under way hears its outcome first, and gives the money back", async () => {
    const release = testProvider.hold();
    const placed = place();
    await vi.waitFor(() => expect(testProvider.calls).toHaveLength(1));
    const cancelled = ask(cancel);
    await vi.waitFor(async () => expect((await read())?.cancellation).not.toBeNull());
    release();
    expect(await cancelled).toMatchObject({ kind: "settled", order: { status: "cancelled", payment: { status: "refunded" } } });
    expect(await placed).toMatchObject({ kind: "settled", order: { status: "cancelled" } });
    expect(await levels()).toMatchObject({ onHand: 5, reserved: 0, sold: 0 });
  });

  it("of an order whose charge is not known voids it, and releases only then", async () => {
    testProvider.failNext("lose_request", "lose_request");
    expect(await place()).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
    expect(await ask(cancel)).toMatchObject({ kind: "settled", order: { status: "cancelled", payment: { status: "voided" } } });
    expect(testProvider.voided).toEqual([`${own.orderId}:charge:1`]);
    expect(testProvider.charged).toEqual([]);
    expect(await levels()).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it("is refused once something was shipped, and of an order that failed", async () => {
    await place();
    await ask(fulfil, null);
    expect(await ask(cancel)).toMatchObject({ kind: "refused", code: "order_fulfilled", order: { status: "fulfilled" } });
    own = await OwnOrder.make();
    await place({ paymentMethod: "pm_card_declined" });
    expect(await ask(cancel)).toMatchObject({ kind: "refused", code: "order_not_cancellable" });
  });

  it("survives the isolate's death between the wish and its doing", async () => {
    await place();
    const release = testProvider.hold();
    expect(await own.actor().changeOrder({ orderId: own.orderId, principalId: null, change: cancel, context, waitMs: 1 })).toMatchObject({
      kind: "working",
    });
    await abortAllDurableObjects();
    release();
    await own.ringAfter(60_000);
    expect(await read()).toMatchObject({ status: "cancelled" });
    await vi.waitFor(async () => expect(await levels()).toMatchObject({ onHand: 5, reserved: 0, sold: 0 }));
  });

  it("is not for others", async () => {
    await place();
    expect(await ask(cancel, "bob")).toEqual({ kind: "not_found" });
    expect((await read())?.status).toBe("confirmed");
  });
});

describe("changeOrder: another card", () => {
  it("an order placed to wait keeps its stock when its card is refused, and is paid by another one", async () => {
    expect(await place({ paymentMethod: "pm_card_declined", onDecline: "wait" })).toMatchObject({
      kind: "accepted",
      order: { status: "pending_payment", payment: { status: "declined" } },
    });
    expect(await levels()).toMatchObject({ onHand: 5, reserved: 2 });
    const declined = { kind: "pay", operationId: "pay-1", paymentMethod: "pm_card_insufficient_funds" } as const;
    expect(await ask(declined)).toMatchObject({ kind: "settled", payment: { status: "declined", attempt: 2 } });
    expect(await ask({ kind: "pay", operationId: "pay-2", paymentMethod: "pm_card_visa" })).toMatchObject({
      kind: "settled",
      order: { status: "confirmed" },
      payment: { status: "captured", attempt: 3, amount_minor: 1_000 },
    });
    expect(testProvider.charged).toEqual([`${own.orderId}:charge:3`]);
    // The request of a card that was refused brings no other one, however late it comes again.
    expect(await ask(declined)).toMatchObject({ kind: "settled", payment: { attempt: 3 } });
    expect(await place({ paymentMethod: "pm_card_declined", onDecline: "wait" })).toMatchObject({
      kind: "settled",
      order: { status: "confirmed" },
    });
  });

  it("gives the stock back by itself when the hold ends, and not before", async () => {
    await place({ paymentMethod: "pm_card_declined", onDecline: "wait", holdMs: 60_000 });
    await own.ringAfter(59_000);
    expect(await read()).toMatchObject({ status: "pending_payment" });
    await own.ringAfter(61_000);
    expect(await read()).toMatchObject({ status: "failed", failure: { code: "payment_declined" }, hold_expires_at: null });
    expect(await levels()).toMatchObject({ onHand: 5, reserved: 0 });
  });

  it("is refused while the outcome of the first is open", async () => {
    testProvider.failNext("lose_request", "lose_request");
    await place();
    const pay = { kind: "pay", operationId: "pay-1", paymentMethod: "pm_card_visa" } as const;
    expect(await ask(pay)).toMatchObject({ kind: "refused", code: "payment_in_progress" });
  });
});

describe("changeOrder: refunds", () => {
  it("in parts, never above what was captured, each once", async () => {
    await place();
    const first = await ask(refund(300), null);
    expect(first).toMatchObject({ kind: "settled", refund: { status: "succeeded", amount_minor: 300 }, order: { status: "confirmed" } });
    expect(await ask(refund(300), null)).toEqual(first);
    expect(await ask(refund(701, "refund-2"), null)).toMatchObject({ kind: "refused", code: "refund_too_large" });
    expect(await ask(refund(null, "refund-2"), null)).toMatchObject({ refund: { amount_minor: 700 }, order: { status: "refunded" } });
    expect(testProvider.captures).toMatchObject([{ capturedMinor: 1_000, refundedMinor: 1_000 }]);
    expect(refundIds()).toEqual([`${own.orderId}:refund:1`, `${own.orderId}:refund:2`]);
  });

  it("of several that come in at once never more than was captured", async () => {
    await place();
    const replies = await Promise.all([1, 2, 3, 4].map((number) => ask(refund(400, `refund-${number}`), null)));
    expect(replies.filter(({ kind }) => kind === "settled")).toHaveLength(2);
    expect(replies.filter((reply) => reply.kind === "refused" && reply.code === "refund_too_large")).toHaveLength(2);
  });

  it("whose answer was lost are asked for again under the same id; one that is refused says so", async () => {
    await place();
    testProvider.failNextOf("refund", "lose_reply");
    expect(await ask(refund(300), null)).toMatchObject({ kind: "settled", refund: { status: "succeeded" } });
    testProvider.refuseNextRefunds("the account is empty");
    expect(await ask(refund(200, "refund-2"), null)).toMatchObject({ refund: { status: "refused", detail: "the account is empty" } });
    expect(refundIds()).toEqual([`${own.orderId}:refund:1`, `${own.orderId}:refund:1`, `${own.orderId}:refund:2`]);
    expect(testProvider.captures).toMatchObject([{ refundedMinor: 300 }]);
    expect(await read()).toMatchObject({ payment: { status: "partially_refunded", refunded_minor: 300 } });
  });
});

describe("changeOrder: shipping and coming back", () => {
  it("ships in parts, and takes back no more than was shipped", async () => {
    await place();
    expect(await ask({ ...fulfil, lines: [{ sku: own.sku, quantity: 1 }] }, null)).toMatchObject({ order: { status: "confirmed" } });
    expect(await ask(giveBack(2), null)).toMatchObject({ kind: "refused", code: "quantity_not_available" });
    expect(await ask({ ...fulfil, operationId: "fulfil-2" }, null)).toMatchObject({ order: { status: "fulfilled" } });
    const back = await ask(giveBack(1), null);
    expect(back).toMatchObject({
      kind: "settled",
      return: { status: "restocked" },
      order: { items: [{ fulfilled_quantity: 2, returned_quantity: 1 }] },
    });
    expect(await ask(giveBack(1), null)).toEqual(back);
    await vi.waitFor(async () => expect(await levels()).toMatchObject({ onHand: 4, sold: 1, reserved: 0, received: 5 }));
  });
});

describe("auditOrders", () => {
  it("says whether an order is at rest, and whether everybody has heard of it", async () => {
    await place();
    await vi.waitFor(() => expect(types()).toHaveLength(1));
    const [before] = await own.actor().auditOrders({ orderIds: [own.orderId, "ord_none"] });
    expect(before).toMatchObject({ orderId: own.orderId, settled: true, delivered: false, status: "confirmed", nextAtMs: null });
    const eventIds = testQueues.received("order-events").flatMap((body) => orderEventSchema.safeParse(body).data?.id ?? []);
    await own.actor().acknowledgeEvents({ consumer: "order-events", eventIds });
    await own.actor().acknowledgeEvents({ consumer: "notifications", eventIds });
    await vi.waitFor(async () => expect(await own.actor().auditOrders({ orderIds: [own.orderId] })).toMatchObject([{ delivered: true }]));
  });
});
