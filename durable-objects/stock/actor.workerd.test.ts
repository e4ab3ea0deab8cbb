import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { productEventSchema } from "../../shared/events/catalogue.ts";
import { testQueues } from "../../shared/testing/test-queues.ts";
import type { StockActor } from "./actor.ts";
import { stockActor } from "./client.ts";

/** Each test has an actor of its own. */
let test = 0;
let sku = "";
const context = { requestId: "req-1", correlationId: "cor-1" };
const actor = () => stockActor(env.STOCK_ACTOR, sku);
const rawActor = () => env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName(sku));
const put = (priceMinor = 500) => actor().putProduct({ sku, name: "A product", priceMinor, currency: "EUR", context });
const receive = (operationId: string, quantity: number) => actor().receive({ sku, operationId, quantity });
const hold = (reservationId: string, quantity: number, owner: "order" | "operator" = "order") =>
  actor().reserve({ sku, reservationId, owner, quantity });
const release = (reservationId: string, quantity: number, owner: "order" | "operator" = "order") =>
  actor().release({ sku, reservationId, owner, quantity });

/** The events of this test's SKU that have arrived. */
const sent = () =>
  testQueues.received("order-events").flatMap((body) => {
    const event = productEventSchema.safeParse(body).data;
    return event?.subject === sku ? [event] : [];
  });

beforeEach(() => {
  test += 1;
  sku = `SKU-${test}`;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("StockActor", () => {
  it("never oversells: 50 holds at once for 20 units are 20 holds", async () => {
    await put();
    await receive("in", 20);
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => hold(`r${index}`, 1)));
    expect(replies.filter((reply) => reply.ok)).toHaveLength(20);
    expect(replies.filter((reply) => !reply.ok).every((reply) => reply.code === "out_of_stock" && reply.available === 0)).toBe(true);
    expect(await actor().getLevels({ sku })).toEqual({ sku, onHand: 20, reserved: 20, available: 0, sold: 0, received: 20 });
  });

  it("each operation done twice is done once, also after an eviction", async () => {
    await put();
    const twice = async (work: () => Promise<unknown>) => {
      await work();
      await evictDurableObject(rawActor());
      await work();
    };
    await twice(() => receive("in", 10));
    await twice(() => hold("r1", 4));
    await twice(() => hold("r2", 3));
    await twice(() => release("r2", 3));
    await twice(() => actor().commit({ sku, reservationId: "r1" }));
    expect(await actor().getLevels({ sku })).toEqual({ sku, onHand: 6, reserved: 0, available: 6, sold: 4, received: 10 });
  });

  it("a release that comes before its reserve makes it fail", async () => {
    await put();
    await receive("in", 10);
    await release("late", 2);
    expect(await hold("late", 2)).toEqual({ ok: false, code: "reservation_conflict" });
    expect(await actor().getLevels({ sku })).toMatchObject({ reserved: 0 });
  });

  it("an order's release of an SKU that is not known yet still leaves its tombstone", async () => {
    await release("late", 2);
    await put();
    await receive("in", 10);
    expect(await hold("late", 2)).toEqual({ ok: false, code: "reservation_conflict" });
  });

  it("an operator cannot touch an order's hold", async () => {
    await put();
    await receive("in", 10);
    await hold("r1", 4, "order");
    await release("r1", 4, "operator");
    expect(await actor().getLevels({ sku })).toMatchObject({ reserved: 4 });
  });

  it("a sale without a hold is a defect and changes nothing", async () => {
    await put();
    await receive("in", 10);
    await expect(actor().commit({ sku, reservationId: "nope" })).rejects.toThrow("a sale without a hold");
    expect(await actor().getLevels({ sku })).toMatchObject({ onHand: 10, sold: 0 });
  });

  it.each(["receive", "reserve", "release", "getLevels", "getProduct"] as const)("%s of an unknown SKU writes nothing", async (method) => {
    const calls = {
      receive: () => receive("in", 1),
      reserve: () => hold("r1", 1),
      release: () => release("r1", 1, "operator"),
      getLevels: () => actor().getLevels({ sku }),
      getProduct: () => actor().getProduct({ sku }),
    };
    const reply = await calls[method]();
    expect(reply).toEqual(method.startsWith("get") ? null : { ok: false, code: "unknown_sku" });
    const tables = await runInDurableObject(rawActor(), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("tells of a changed product until the projector has confirmed, and not of an unchanged one", async () => {
    expect(await put()).toMatchObject({ created: true, product: { version: 1 } });
    expect(await put()).toMatchObject({ created: false, product: { version: 1 } });
    expect(await put(600)).toMatchObject({ created: false, product: { version: 2, price_minor: 600 } });
    await vi.waitFor(() => expect(sent()).toHaveLength(2));
    const events = sent();
    expect(events.map((event) => event.data.product.version)).toEqual([1, 2]);
    await actor().acknowledgeEvents({ eventIds: events.slice(0, 1).map((event) => event.id) });
    testQueues.reset();
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
    await runDurableObjectAlarm(rawActor());
    vi.useRealTimers();
    await vi.waitFor(() => expect(sent().map((event) => event.id)).toEqual([events[1]?.id]));
  });
});
