/**
 * Which outcomes the order's host logs: those that no request is answered with. The others are in the gateway's line of the request
 * (`workers/gateway/middleware/access-log.ts`).
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { context, OwnOrder } from "../../shared/testing/own-order.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";

const logs = captureLogs();
let own: OwnOrder;

/** What was logged of the order's outcomes. */
const outcomes = () =>
  logs.lines.flatMap((line) =>
    line["order_id"] === own.orderId && "order_status" in line ? [[line["order_status"], line["failure"]]] : [],
  );

/** In one call with an order that ends at once: when that is answered, this one has begun. */
async function placeBesideUnsold(): Promise<void> {
  const unsold = own.command({ name: "e".repeat(32), items: [{ sku: own.sku, quantity: 99 }] });
  const replies = await own.actor().placeOrdersAsTexts([own.command(), unsold]);
  expect(replies).toEqual(["begun", expect.stringContaining("out_of_stock")]);
}

beforeEach(async () => {
  testProvider.reset();
  own = await OwnOrder.make();
});
afterEach(() => vi.useRealTimers());

describe("the host logs no outcome that a request is answered with", () => {
  it.each([
    ["pm_card_visa", "confirmed"],
    ["pm_card_declined", "failed"],
  ])("placed with %s: %s", async (paymentMethod, status) => {
    expect(await own.place({ paymentMethod })).toMatchObject({ kind: "settled", order: { status } });
    expect(outcomes()).toEqual([]);
  });

  it("answered before it has ended: pending", async () => {
    testProvider.failNext("lose_request", "lose_request", "lose_request");
    expect(await own.place()).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
    expect(outcomes()).toEqual([]);
  });

  it("changed", async () => {
    await own.place();
    const changed = await own.change({ kind: "cancel", operationId: "cancel-1", reason: null });
    expect(changed).toMatchObject({ kind: "settled", order: { status: "cancelled" } });
    expect(outcomes()).toEqual([]);
  });

  it("asked for again while it was still worked on", async () => {
    const release = testProvider.hold();
    await own.place({ waitMs: 1 });
    const again = own.place();
    // A call that is answered after that one has come.
    await own.actor().getOrder({ orderId: own.orderId, principalId: null });
    release();
    expect(await again).toMatchObject({ kind: "settled", replayed: true, order: { status: "confirmed" } });
    expect(outcomes()).toEqual([]);
  });

  it("begun by a joined call, and asked for alone", async () => {
    const release = testProvider.hold();
    await placeBesideUnsold();
    const alone = own.place({ askedAgain: true });
    // A call that is answered after that one has come.
    await own.actor().getOrder({ orderId: own.orderId, principalId: null });
    release();
    expect(await alone).toMatchObject({ kind: "settled", replayed: false, order: { status: "confirmed" } });
    expect(outcomes()).toEqual([]);
  });
});

describe("the host logs, once and under the ids of the request that placed the order,", () => {
  it("what it becomes when nobody waits any more", async () => {
    const release = testProvider.hold();
    expect(await own.place({ waitMs: 1 })).toMatchObject({ kind: "accepted" });
    release();
    await vi.waitFor(() => expect(outcomes()).toEqual([["confirmed", undefined]]));
    expect(logs.lines.findLast((line) => line["order_id"] === own.orderId)).toMatchObject({
      level: "info",
      service: "orders",
      message: "order confirmed",
      request_id: context.requestId,
      correlation_id: context.correlationId,
    });
    await own.place();
    expect(outcomes()).toEqual([["confirmed", undefined]]);
  });

  it("what it becomes when the joined call that has begun it was answered without it, and nobody asks again", async () => {
    const release = testProvider.hold();
    await placeBesideUnsold();
    release();
    await vi.waitFor(() => expect(outcomes()).toEqual([["confirmed", undefined]]));
  });

  it("what an alarm makes of it, with the reason when it has failed", async () => {
    testProvider.failNext("lose_request", "lose_request", "lose_request");
    await own.place({ paymentMethod: "pm_card_declined" });
    for (let run = 1; run <= 4; run += 1) await own.ringAfter(run * 120_000);
    expect(outcomes()).toEqual([["failed", "payment_declined"]]);
  });
});
