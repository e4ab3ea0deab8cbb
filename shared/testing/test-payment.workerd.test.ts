import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OwnOrder } from "./own-order.ts";
import { testProvider } from "./test-payment.ts";

let own: OwnOrder;
beforeEach(async () => {
  testProvider.reset();
  own = await OwnOrder.make();
});
afterEach(() => vi.useRealTimers());

it("TestProvider.reset: an order from before it, taken up by its alarm, leaves no trace and takes no fault of a later test", async () => {
  testProvider.failNext("lose_request", "lose_request");
  expect(await own.place()).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
  testProvider.reset();
  testProvider.failNext("lose_request", "lose_request");
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
  await runDurableObjectAlarm(own.rawActor());
  vi.useRealTimers();
  expect([testProvider.calls, testProvider.captures]).toEqual([[], []]);
  const later = await OwnOrder.make();
  expect(await later.place()).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
  expect(testProvider.charged).toEqual([]);
});

it("TestProvider.reset: a call that was held before it takes no money after it", async () => {
  testProvider.hold();
  const placed = own.place({ waitMs: 1 });
  await vi.waitFor(() => expect(testProvider.calls).toHaveLength(1));
  await placed;
  testProvider.reset();
  // A hold is polled, and an order of this test's comes after what waited.
  await (await OwnOrder.make()).place();
  expect(testProvider.charged).toHaveLength(1);
  expect(testProvider.charged).not.toContain(`${own.orderId}:charge:1`);
});
