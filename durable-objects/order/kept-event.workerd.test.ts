/** An order's first event, which the outbox keeps as no more than a name: sent again, it is what it was the first time. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OrderChange, PlaceOrderCommand } from "../../shared/contracts/rpc.ts";
import { orderEventSchema, type OrderEvent } from "../../shared/events/catalogue.ts";
import { OwnOrder } from "../../shared/testing/own-order.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { testQueues } from "../../shared/testing/test-queues.ts";
import { StockActor } from "../stock/actor.ts";

let own: OwnOrder;

const metadata = { "10": "ten", "2": "two", note: "\ud83d\ude00 \u0000 \ud800" };
const changes: Readonly<Record<string, OrderChange>> = {
  cancelled: { kind: "cancel", operationId: "cancel-1", reason: "changed my mind" },
  "refunded in part": { kind: "refund", operationId: "refund-1", amountMinor: 300, reason: "broken" },
  shipped: { kind: "fulfil", operationId: "fulfil-1", lines: null },
};

/** Everything that has arrived of this order, in order, repeats included. */
const events = (): readonly OrderEvent[] =>
  testQueues.received("order-events").flatMap((body) => {
    const event = orderEventSchema.safeParse(body).data;
    return event?.subject === own.orderId ? [event] : [];
  });
const notices = () => testQueues.received("notifications").filter((body) => (body as { subject?: string }).subject === own.orderId);

/** The alarm as it rings when every row is to be sent again, in an actor that has nothing in memory. */
async function sendAgain(): Promise<void> {
  testQueues.reset();
  await evictDurableObject(own.rawActor());
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
  await runDurableObjectAlarm(own.rawActor());
  vi.useRealTimers();
}

const bodies = async () => (await own.query("SELECT body FROM outbox ORDER BY id")).map(({ body }) => String(body));

beforeEach(async () => {
  testProvider.reset();
  testQueues.reset();
  own = await OwnOrder.make();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Places the order; what was first sent of it. */
async function toldOf(overrides: Partial<PlaceOrderCommand> = {}) {
  await own.place({ metadata, ...overrides });
  await vi.waitFor(() => expect(events()).toHaveLength(1));
  const isTold = events()[0]?.type !== "holdfast.order.pending.v1";
  await vi.waitFor(() => expect(notices()).toHaveLength(isTold ? 1 : 0));
  return { events: events(), notices: notices() };
}

describe("an order's first event that nobody has confirmed", () => {
  it.each([
    ["confirmed", {}],
    ["failed", { paymentMethod: "pm_card_declined" }],
    ["waiting", { paymentMethod: "pm_card_declined", onDecline: "wait" as const }],
  ])("%s: is kept in a few bytes, and told again after a restart as it was first told", async (_what, overrides) => {
    const first = await toldOf(overrides);
    await vi.waitFor(async () => expect(await bodies()).toHaveLength(1));
    expect((await bodies())[0]?.length).toBeLessThan(120);
    await sendAgain();
    await vi.waitFor(() => expect(events()).toHaveLength(1));
    await vi.waitFor(() => expect(notices()).toHaveLength(first.notices.length));
    expect(JSON.stringify([events(), notices()])).toBe(JSON.stringify([first.events, first.notices]));
  });

  it.each(Object.entries(changes))("is told again as it was first told when the order is %s by then", async (_what, change) => {
    const first = await toldOf();
    await own.change(change);
    await sendAgain();
    const [id] = first.events.map((event) => event.id);
    const again = () => [events().filter((event) => event.id === id), notices().filter((notice) => (notice as OrderEvent).id === id)];
    await vi.waitFor(() => expect(again().flat()).toHaveLength(2));
    expect(JSON.stringify(again())).toBe(JSON.stringify([first.events, first.notices]));
  });

  it("of the release before lies there whole, and is told again as it is", async () => {
    const [first] = (await toldOf()).events;
    const body = JSON.stringify({ ...first, source: "/the/release/before" });
    await vi.waitFor(async () => expect(await bodies()).toHaveLength(1));
    await own.query("UPDATE outbox SET body = ?", body);
    await own.change({ kind: "fulfil", operationId: "fulfil-1", lines: null });
    await sendAgain();
    await vi.waitFor(() => expect(events().length).toBeGreaterThan(1));
    expect(events().map((event) => JSON.stringify(event))).toContain(body);
  });

  it("is not told as something else when the order was changed behind its back, and nothing else waits for it", async () => {
    const [first] = (await toldOf()).events;
    await own.query("UPDATE orders SET version = version + 1");
    await own.change({ kind: "fulfil", operationId: "fulfil-1", lines: null });
    await sendAgain();
    // It may have left for the first time too by then.
    await vi.waitFor(() => expect(new Set(events().map(({ type }) => type))).toEqual(new Set(["holdfast.order.fulfilled.v1"])));
    expect(await own.actor().auditOrders({ orderIds: [own.orderId] })).toMatchObject([{ delivered: false }]);
    expect(events().map(({ id }) => id)).not.toContain(first?.id);
  });
});

it("an outbox row that is no JSON holds up neither its order nor what is told of it later, and waits where it is seen", async () => {
  const [first] = (await toldOf()).events;
  await own.query("UPDATE outbox SET body = ?", '{"told_version":');
  expect(await own.change(changes["shipped"] as OrderChange)).toMatchObject({ kind: "settled", order: { status: "fulfilled" } });
  await sendAgain();
  await vi.waitFor(() => expect(events().map(({ type }) => type)).toContain("holdfast.order.fulfilled.v1"));
  expect(events().map(({ id }) => id)).not.toContain(first?.id);
  expect(await own.actor().auditOrders({ orderIds: [own.orderId] })).toHaveLength(1);
  expect(await bodies()).toContain('{"told_version":');
});

describe("a sale that the stock actors may not have heard of", () => {
  const sold = { onHand: 3, reserved: 0, sold: 2, received: 5 };

  it("is told again after a restart, from the order, and changes nothing if they have", async () => {
    await toldOf();
    await vi.waitFor(async () => expect(await own.levels()).toMatchObject(sold));
    await own.change(changes["refunded in part"] as OrderChange);
    const told = vi.spyOn(StockActor.prototype, "commitMany");
    await sendAgain();
    await vi.waitFor(() =>
      expect(told).toHaveBeenCalledWith([expect.objectContaining({ sku: own.sku, reservationId: `${own.orderId}:1` })]),
    );
    expect(await own.levels()).toMatchObject(sold);
  });

  it("is told after a restart if they have not", async () => {
    const unheard = vi.spyOn(StockActor.prototype, "commitMany").mockResolvedValue([{ ok: false, error: "the stock is down" }]);
    await toldOf();
    await vi.waitFor(() => expect(unheard).toHaveBeenCalled());
    unheard.mockRestore();
    expect(await own.levels()).toMatchObject({ reserved: 2, sold: 0 });
    const [id] = events().map((event) => event.id);
    for (const consumer of ["order-events", "notifications"] as const)
      await own.actor().acknowledgeEvents({ consumer, eventIds: [id ?? ""] });
    expect(await bodies()).toHaveLength(1);
    await sendAgain();
    await vi.waitFor(async () => expect(await own.levels()).toMatchObject(sold));
  });

  it("of the release before is a row of its own, which is done when they have", async () => {
    await toldOf();
    const body = JSON.stringify({ subject: own.orderId, lines: [{ sku: own.sku, reservationId: `${own.orderId}:1` }] });
    await own.query("DELETE FROM outbox");
    await own.query("INSERT INTO outbox VALUES (?, ?, 4, 1, 0, 0)", `${own.orderId}:sold`, body);
    await sendAgain();
    await vi.waitFor(async () => expect(await bodies()).toEqual([]));
    expect(await own.levels()).toMatchObject(sold);
  });
});
