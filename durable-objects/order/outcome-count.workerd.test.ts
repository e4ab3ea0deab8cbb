/** What an order adds to `holdfast_orders_total` on its way to an end. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { captureLogs } from "../../shared/testing/captured-logs.ts";
import { OwnOrder } from "../../shared/testing/own-order.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";

captureLogs();
let own: OwnOrder;
let counted: string[];

const pay = (operationId: string, paymentMethod: string) => own.change({ kind: "pay", operationId, paymentMethod });
/** So often that the order pauses twice. */
const loseCharges = () => testProvider.failNext("lose_request", "lose_request", "lose_request");

beforeEach(async () => {
  testProvider.reset();
  counted = [];
  vi.spyOn(metricsOf(env, "orders"), "count").mockImplementation((name, labels) => {
    if (name === "holdfast_orders_total") counted.push(...Object.values(labels));
  });
  own = await OwnOrder.make();
});
afterEach(() => vi.useRealTimers());

describe("holdfast_orders_total", () => {
  it.each([
    ["pm_card_visa", "confirmed"],
    ["pm_card_declined", "failed"],
  ])("placed with %s: %s, once", async (paymentMethod, status) => {
    await own.place({ paymentMethod });
    expect(counted).toEqual([status]);
  });

  it("an order whose step keeps failing is pending once, however often it pauses, and then what it becomes", async () => {
    loseCharges();
    expect(await own.place()).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
    await own.ringAfter(120_000);
    expect(testProvider.calls).toHaveLength(3);
    expect(counted).toEqual(["pending"]);
    await own.ringAfter(240_000);
    expect(counted).toEqual(["pending", "confirmed"]);
  });

  it("an order that waits for another card is not pending, and neither is one that is paid by it", async () => {
    expect(await own.place({ paymentMethod: "pm_card_declined", onDecline: "wait" })).toMatchObject({
      order: { status: "pending_payment" },
    });
    await pay("pay-1", "pm_card_insufficient_funds");
    expect(counted).toEqual([]);
    await pay("pay-2", "pm_card_visa");
    expect(counted).toEqual(["confirmed"]);
  });

  it("a card that came after another one is pending when its charge keeps failing", async () => {
    await own.place({ paymentMethod: "pm_card_declined", onDecline: "wait" });
    loseCharges();
    await pay("pay-1", "pm_card_visa");
    expect(counted).toEqual(["pending"]);
  });

  it("a sold order that is cancelled is cancelled, not pending meanwhile", async () => {
    await own.place();
    await own.change({ kind: "cancel", operationId: "cancel-1", reason: null });
    expect(counted).toEqual(["confirmed", "cancelled"]);
  });
});
