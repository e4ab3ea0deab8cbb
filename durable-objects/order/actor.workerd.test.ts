import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { orderEventSchema } from "../../shared/events/catalogue.ts";
import { orderNoticeSchema, toNotice } from "../../shared/events/order-notice.ts";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { testQueues } from "../../shared/testing/test-queues.ts";
import { stockActor } from "../stock/client.ts";
import type { OrderActor } from "./actor.ts";
import { orderActor } from "./client.ts";
import { limits } from "./limits.ts";

const perOrder = { kind: "per-order" } as const;
/** Each test has actors of its own, so none depends on what another left behind. */
let test = 0;
let name = "";
let orderId = "";
let A = "";
let B = "";
const context = { requestId: "req-1", correlationId: "cor-1" };

const actorOf = () => orderActor(env.ORDER_ACTOR, name, perOrder);
const rawActor = () => env.ORDER_ACTOR.get(env.ORDER_ACTOR.idFromName(name));
const levelsOf = (sku: string) => stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" }).getLevels({ sku });

function order(overrides: Partial<PlaceOrderCommand> = {}): PlaceOrderCommand {
  const items = overrides.items ?? [{ sku: A, quantity: 2 }];
  const paymentMethod = overrides.paymentMethod ?? "pm_card_visa";
  const request = { method: "POST", path: "/v1/orders", body: canonicalJson({ items, payment_method: paymentMethod }) };
  return {
    name,
    principalId: "alice",
    request,
    items,
    paymentMethod,
    expectedTotalMinor: null,
    holdMs: 900_000,
    onDecline: "fail",
    metadata: {},
    context,
    waitMs: 9_000,
    ...overrides,
  };
}

async function stock(sku: string, quantity: number, priceMinor = 500): Promise<void> {
  const actor = stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });
  await actor.putProduct({ sku, name: `Product ${sku}`, priceMinor, currency: "EUR", context });
  await actor.receive({ sku, operationId: `in-${sku}`, quantity });
}

/** The rows of all the actor's tables, for "nothing extra was stored". */
const rowCounts = () =>
  runInDurableObject(rawActor(), (_actor: OrderActor, state) =>
    Object.fromEntries(
      ["orders", "journal", "requests", "outbox"].map((table) => [
        table,
        state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one()["n"],
      ]),
    ),
  );

/** The events of this test's order that have arrived on a queue. */
const sentTo = (queue: "order-events") => ofThisOrder(queue, orderEventSchema);
const noticesSent = () => ofThisOrder("notifications", z.strictObject(orderNoticeSchema.shape));
const ofThisOrder = <Schema extends z.ZodType<{ subject: string }>>(queue: "order-events" | "notifications", schema: Schema) =>
  testQueues.received(queue).flatMap((body) => {
    const event = schema.safeParse(body).data;
    return event?.subject === orderId ? [event] : [];
  });

const settled = (reply: PlaceOrderReply) => {
  if (reply.kind !== "settled") throw new Error(`not settled: ${JSON.stringify(reply)}`);
  return reply;
};

beforeEach(() => {
  testProvider.reset();
  testQueues.reset();
  test += 1;
  name = test.toString(16).padStart(32, "0");
  orderId = orderIdFor(name);
  [A, B] = [`A-${test}`, `B-${test}`];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("placeOrder: the whole saga", () => {
  it("confirms: the money is taken once, the stock is sold", async () => {
    await stock(A, 5);
    const reply = settled(await actorOf().placeOrder(order()));
    expect(reply).toMatchObject({ replayed: false, requestId: "req-1" });
    expect(reply.order).toMatchObject({
      id: orderId,
      status: "confirmed",
      total_minor: 1000,
      currency: "EUR",
      payment: { status: "captured", amount_minor: 1000 },
      items: [{ sku: A, name: `Product ${A}`, quantity: 2, unit_price_minor: 500, line_total_minor: 1000 }],
      version: 2,
    });
    expect(testProvider.charged).toEqual([`${orderId}:charge:1`]);
    await vi.waitFor(async () => expect(await levelsOf(A)).toMatchObject({ onHand: 3, reserved: 0, sold: 2, received: 5 }));
  });

  it("writes one order, its journal, its request, and waits for its consumers only", async () => {
    await stock(A, 5);
    await actorOf().placeOrder(order());
    // Two changes, and one event of the outcome; the sale is done when the stock actor has answered.
    await vi.waitFor(async () => expect(await rowCounts()).toEqual({ orders: 1, journal: 2, requests: 1, outbox: 1 }));
  });

  it.each([
    [
      "out_of_stock",
      () => ({
        items: [
          { sku: A, quantity: 2 },
          { sku: B, quantity: 9 },
        ],
      }),
      () => ({ lines: [{ sku: B, requested: 9, available: 1 }] }),
    ],
    [
      "unknown_sku",
      () => ({
        items: [
          { sku: A, quantity: 2 },
          { sku: "NOPE", quantity: 1 },
        ],
      }),
      () => ({ lines: [{ sku: "NOPE", requested: 1, available: null }] }),
    ],
    ["price_changed", () => ({ expectedTotalMinor: 999 }), () => ({})],
    ["payment_declined", () => ({ paymentMethod: "pm_card_declined" }), () => ({})],
    ["unknown_payment_method", () => ({ paymentMethod: "pm_nope" }), () => ({})],
  ] as const)("refuses with %s and has released everything by then", async (code, overrides, failure) => {
    await stock(A, 5);
    await stock(B, 1);
    const reply = settled(await actorOf().placeOrder(order(overrides())));
    expect(reply.order).toMatchObject({ status: "failed", failure: { code, ...failure() }, payment: { amount_minor: 0 } });
    expect(await levelsOf(A)).toMatchObject({ onHand: 5, reserved: 0, sold: 0 });
    expect(await levelsOf(B)).toMatchObject({ onHand: 1, reserved: 0, sold: 0 });
    expect(testProvider.charged).toEqual([]);
    expect((await actorOf().getOrder({ orderId, principalId: "alice" }))?.status).toBe("failed");
  });

  it("an unknown SKU leaves no table behind in its actor", async () => {
    await actorOf().placeOrder(order({ items: [{ sku: "NOPE", quantity: 1 }] }));
    const tables = await runInDurableObject(env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName("NOPE")), (_actor, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});

describe("placeOrder: idempotency", () => {
  it("50 at once with one key are one order and one charge", async () => {
    await stock(A, 500);
    const replies = await Promise.all(Array.from({ length: 50 }, () => actorOf().placeOrder(order())));
    const first = settled(replies[0] as PlaceOrderReply).order;
    expect(replies.map((reply) => settled(reply).order)).toEqual(replies.map(() => first));
    expect(replies.filter((reply) => settled(reply).replayed)).toHaveLength(49);
    expect(testProvider.charged).toHaveLength(1);
    await vi.waitFor(async () => expect(await levelsOf(A)).toMatchObject({ sold: 2, reserved: 0 }));
  });

  it("replays the first answer after the object was evicted, and replays a refusal too", async () => {
    await stock(A, 1);
    const first = settled(await actorOf().placeOrder(order()));
    await evictDurableObject(rawActor());
    await stockActor(env.STOCK_ACTOR, A, { kind: "per-sku" }).receive({ sku: A, operationId: "more", quantity: 100 });
    const again = settled(await actorOf().placeOrder(order({ context: { requestId: "req-2", correlationId: "cor-2" } })));
    expect(again).toEqual({ ...first, replayed: true });
    expect(again.order.failure?.code).toBe("out_of_stock");
  });

  it("another request with the same key is a mismatch that names what differs and changes nothing", async () => {
    await stock(A, 5);
    await actorOf().placeOrder(order());
    const before = await rowCounts();
    const other = order({ items: [{ sku: A, quantity: 3 }] });
    expect(await actorOf().placeOrder(other)).toEqual({ kind: "mismatch", fields: ["body.items"] });
    const elsewhere = { ...other.request, path: "/v1/notify" };
    expect(await actorOf().beginRequest({ name, request: elsewhere })).toEqual({ kind: "mismatch", fields: ["path"] });
    await vi.waitFor(async () => expect(await rowCounts()).toMatchObject({ orders: before["orders"], requests: before["requests"] }));
  });

  it("a key used on another path first is a mismatch for an order", async () => {
    await actorOf().beginRequest({ name, request: { method: "POST", path: "/v1/notify", body: "{}" } });
    expect(await actorOf().placeOrder(order())).toMatchObject({ kind: "mismatch" });
  });
});

describe("placeOrder: when a neighbour does not answer", () => {
  it("a lost charge reply is looked up, not charged again and not compensated", async () => {
    await stock(A, 5);
    testProvider.failNext("lose_reply");
    const reply = settled(await actorOf().placeOrder(order()));
    expect(reply.order.status).toBe("confirmed");
    expect(testProvider.calls.map((call) => call.method)).toEqual(["charge", "lookUp"]);
    expect(testProvider.charged).toHaveLength(1);
  });

  it("a charge that never arrived is sent again with the same id", async () => {
    await stock(A, 5);
    testProvider.failNext("lose_request", "lose_request", "lose_request");
    const reply = await actorOf().placeOrder(order());
    expect(reply).toMatchObject({ kind: "accepted", order: { status: "pending_payment", payment: { status: "unknown" } } });
    // The alarm goes on: the look-up is lost once more, then finds no charge, and the charge is sent again.
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    for (let run = 0; run < 4; run++) {
      vi.setSystemTime(Date.now() + 120_000);
      await runDurableObjectAlarm(rawActor());
    }
    vi.useRealTimers();
    expect((await actorOf().getOrder({ orderId, principalId: null }))?.status).toBe("confirmed");
    expect(new Set(testProvider.calls.map((call) => call.command.chargeId))).toEqual(new Set([`${orderId}:charge:1`]));
    expect(testProvider.charged).toHaveLength(1);
    expect(settled(await actorOf().placeOrder(order()))).toMatchObject({ replayed: true, order: { status: "confirmed" } });
  });

  it("answers accepted when the outcome takes longer than the caller waits, and the same key gets the outcome later", async () => {
    await stock(A, 5);
    const release = testProvider.hold();
    const reply = await actorOf().placeOrder(order({ waitMs: 1 }));
    expect(reply).toMatchObject({ kind: "accepted", replayed: false, order: { status: "cart_validated" } });
    release();
    expect(settled(await actorOf().placeOrder(order()))).toMatchObject({ replayed: true, order: { status: "confirmed" } });
    expect(testProvider.charged).toHaveLength(1);
  });

  it("an order whose isolate died in the middle is finished by its alarm", async () => {
    await stock(A, 5);
    const release = testProvider.hold();
    await actorOf().placeOrder(order({ waitMs: 1 }));
    await abortAllDurableObjects();
    release();
    vi.useFakeTimers({ now: Date.now() + limits.resumeAfterMs + 1, toFake: ["Date"] });
    expect(await runDurableObjectAlarm(rawActor())).toBe(true);
    expect((await actorOf().getOrder({ orderId, principalId: null }))?.status).toBe("confirmed");
    expect(testProvider.charged).toHaveLength(1);
    // Taken up again, it is told of before anything else is tried: whatever becomes of that, Postgres knows that there is an order.
    vi.useRealTimers();
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(2));
    const told = sentTo("order-events").map(({ type, data }) => [type, data.journal.map(({ seq }) => seq)]);
    expect(told).toEqual([
      ["holdfast.order.pending.v1", [1, 2]],
      ["holdfast.order.confirmed.v1", [3, 4, 5]],
    ]);
  });

  it("an order whose alarm was lost is armed again when the object is loaded", async () => {
    await stock(A, 5);
    const release = testProvider.hold();
    await actorOf().placeOrder(order({ waitMs: 1 }));
    await runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.deleteAlarm());
    await abortAllDurableObjects();
    release();
    await actorOf().getOrder({ orderId, principalId: null });
    expect(await runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.getAlarm())).not.toBeNull();
  });
});

describe("the timeline", () => {
  it("tells each step, what it did, and nothing more to come", async () => {
    await stock(A, 5);
    await actorOf().placeOrder(order());
    const timeline = await actorOf().getTimeline({ orderId, principalId: "alice" });
    expect(timeline?.entries.map((entry) => [entry.seq, entry.step, entry.outcome, entry.status])).toEqual([
      [1, "place", "ok", "pending"],
      [2, "validate_cart", "ok", "cart_validated"],
      [3, "reserve_inventory", "ok", "inventory_reserved"],
      [4, "process_payment", "ok", "payment_processed"],
      [5, "confirm", "ok", "confirmed"],
    ]);
    expect(timeline?.entries[2]?.stock).toEqual([{ sku: A, quantity: 2, effect: "held" }]);
    expect(timeline?.entries[3]?.money).toEqual({ effect: "captured", amount_minor: 1000, currency: "EUR" });
    expect(timeline?.next).toBeNull();
  });

  it("says what comes next and when while the order is working", async () => {
    await stock(A, 5);
    testProvider.failNext("lose_request", "lose_request");
    await actorOf().placeOrder(order());
    const timeline = await actorOf().getTimeline({ orderId, principalId: null });
    expect(timeline?.next).toMatchObject({ step: "look_up_payment", attempt: 3 });
    expect(Date.parse(timeline?.next?.at ?? "")).toBeGreaterThan(Date.now());
  });

  it("another principal sees nothing", async () => {
    await stock(A, 5);
    await actorOf().placeOrder(order());
    expect(await actorOf().getOrder({ orderId, principalId: "bob" })).toBeNull();
    expect(await actorOf().getTimeline({ orderId, principalId: "bob" })).toBeNull();
  });
});

describe("storage that fails", () => {
  it("an order whose commit is rolled back leaves nothing, sends nothing, and the next one is armed", async () => {
    await stock(A, 5);
    await actorOf().wake({ orderId });
    await runInDurableObject(rawActor(), (_actor: OrderActor, state) => {
      const { transactionSync } = state.storage;
      let calls = 0;
      // The first transaction makes the tables, the second accepts the order: it is rolled back at its very end.
      vi.spyOn(state.storage, "transactionSync").mockImplementation((work) =>
        transactionSync.call(state.storage, () => {
          const result = work();
          if (++calls === 2) throw new Error("the disk is full");
          return result;
        }),
      );
    });
    await expect(actorOf().placeOrder(order())).rejects.toThrow("the disk is full");
    expect(await rowCounts()).toEqual({ orders: 0, journal: 0, requests: 0, outbox: 0 });
    expect(await runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.getAlarm())).toBeNull();
    const release = testProvider.hold();
    await actorOf().placeOrder(order({ waitMs: 1 }));
    expect(await runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.getAlarm())).not.toBeNull();
    release();
    expect(settled(await actorOf().placeOrder(order())).order.status).toBe("confirmed");
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1));
  });
});

describe("time", () => {
  it("a clock that steps back during a step leaves an event that its consumers accept", async () => {
    await stock(A, 5);
    const release = testProvider.hold();
    const placed = actorOf().placeOrder(order());
    await vi.waitFor(() => expect(testProvider.calls).toHaveLength(1));
    vi.useFakeTimers({ now: Date.now() - 60_000, toFake: ["Date"] });
    release();
    expect(settled(await placed).order.status).toBe("confirmed");
    vi.useRealTimers();
    await vi.waitFor(() => expect(sentTo("order-events").map((event) => event.type)).toContain("holdfast.order.confirmed.v1"));
  });
});

describe("the outbox", () => {
  it("the largest order there can be fits a queue message, its journal included", async () => {
    const wide = "\u6f22".repeat(200);
    const skus = Array.from({ length: 100 }, (_, index) => `${String(index).padStart(3, "0")}-${test}-`.padEnd(64, "x"));
    for (const sku of skus) {
      const actor = stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });
      await actor.putProduct({ sku, name: wide, priceMinor: 1, currency: "EUR", context });
      await actor.receive({ sku, operationId: "in", quantity: 1_000_000 });
    }
    const metadata = { note: "x".repeat(16_300) };
    await actorOf().placeOrder(order({ items: skus.map((sku) => ({ sku, quantity: 1_000_000 })), metadata }));
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1), { timeout: 5_000 });
    const bytes = sentTo("order-events").map((event) => new TextEncoder().encode(JSON.stringify(event)).byteLength);
    expect(Math.max(...bytes)).toBeLessThan(128_000);
  }, 30_000);

  it("tells of an order that ends at once in one event, which carries the whole journal, and notifies of the end", async () => {
    await stock(A, 5);
    await actorOf().placeOrder(order());
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1));
    await vi.waitFor(() => expect(noticesSent()).toHaveLength(1));
    const [event] = sentTo("order-events");
    expect(event).toMatchObject({ type: "holdfast.order.confirmed.v1", requestid: "req-1", correlationid: "cor-1", causationid: "req-1" });
    expect(event?.data.journal.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(noticesSent()).toEqual([event && toNotice(event)]);
  });

  it("tells of an order that must wait, and then of its end, each caused by what was told before", async () => {
    await stock(A, 5);
    const declined = order({ paymentMethod: "pm_card_declined", onDecline: "wait" });
    await actorOf().placeOrder(declined);
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1));
    await actorOf().changeOrder({
      orderId,
      principalId: null,
      change: { kind: "cancel", operationId: "op-1", reason: null },
      context,
      waitMs: 9_000,
    });
    await vi.waitFor(() => expect(sentTo("order-events").length).toBeGreaterThan(1));
    const events = sentTo("order-events");
    expect(events.map(({ type }) => type)).toEqual(["holdfast.order.pending.v1", "holdfast.order.cancelled.v1"]);
    expect(events.map(({ causationid }) => causationid)).toEqual(["req-1", events[0]?.id]);
    const entries = events.flatMap(({ data }) => data.journal.map((entry) => entry.seq));
    expect(entries).toEqual(Array.from({ length: entries.length }, (_, index) => index + 1));
  });

  it("sends again until the consumer, not the broker, has confirmed", async () => {
    await stock(A, 5);
    vi.spyOn(env.ORDER_EVENTS, "send").mockRejectedValue(new Error("broker down"));
    await actorOf().placeOrder(order());
    await vi.waitFor(() => expect(noticesSent()).toHaveLength(1));
    vi.restoreAllMocks();
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
    await runDurableObjectAlarm(rawActor());
    vi.useRealTimers();
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1));
    const ids = sentTo("order-events").map((event) => event.id);
    await actorOf().acknowledgeEvents({ consumer: "order-events", eventIds: ids });
    expect(await rowCounts()).toMatchObject({ outbox: 1 });
    await actorOf().acknowledgeEvents({ consumer: "notifications", eventIds: ids });
    expect(await rowCounts()).toMatchObject({ outbox: 0 });
  });
});

describe("the alarm", () => {
  const makeDue = (table: "orders" | "outbox") =>
    runInDurableObject(rawActor(), (_actor: OrderActor, state) => {
      state.storage.sql.exec(`UPDATE ${table} SET next_at_ms = 1`);
    });

  it("takes an order up while a queue hangs that was asked to send again", async () => {
    await stock(A, 5);
    testProvider.failNext("lose_reply", "lose_request");
    expect(await actorOf().placeOrder(order())).toMatchObject({ kind: "accepted", order: { status: "pending_payment" } });
    await vi.waitFor(() => expect(sentTo("order-events")).toHaveLength(1));
    const { promise, reject } = Promise.withResolvers<never>();
    const send = vi.spyOn(env.ORDER_EVENTS, "send").mockReturnValue(promise);
    await makeDue("outbox");
    await runDurableObjectAlarm(rawActor());
    expect(send).toHaveBeenCalledTimes(1);
    await makeDue("orders");
    await runDurableObjectAlarm(rawActor());
    // The alarm may have rung by itself in the meantime: then the order is under way, and this run found nothing due.
    await vi.waitFor(async () => expect((await actorOf().getOrder({ orderId, principalId: null }))?.status).toBe("confirmed"));
    await runInDurableObject(rawActor(), () => reject(new Error("the broker gave up")));
  });
});

describe("the idempotency record of other requests", () => {
  const request = { method: "POST", path: "/v1/notify", body: canonicalJson({ message: "hello" }) };

  it("runs once, is running meanwhile, and is replayed after", async () => {
    const actor = actorOf();
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "run" });
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "running" });
    await actor.finishRequest({ name, reply: { status: 201, body: '{"a":1}' } });
    await actor.finishRequest({ name, reply: { status: 409, body: "{}" } });
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "replay", reply: { status: 201, body: '{"a":1}' } });
  });

  it("an abandoned request may run again at once, one whose run has died after its lease, and neither as another request", async () => {
    const actor = actorOf();
    const other = { ...request, body: "{}" };
    await actor.beginRequest({ name, request });
    await actor.abandonRequest({ name });
    expect(await actor.beginRequest({ name, request: other })).toMatchObject({ kind: "mismatch" });
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "run" });
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "running" });
    vi.useFakeTimers({ now: Date.now() + limits.requestLeaseMs + 1, toFake: ["Date"] });
    expect(await actor.beginRequest({ name, request })).toEqual({ kind: "run" });
  });

  it("asking for an order that does not exist writes nothing", async () => {
    expect(await actorOf().getOrder({ orderId, principalId: null })).toBeNull();
    await actorOf().acknowledgeEvents({ consumer: "order-events", eventIds: ["x"] });
    await actorOf().wake({ orderId });
    const tables = await runInDurableObject(rawActor(), (_actor: OrderActor, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
