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
const actor = () => stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });
const rawActor = () => env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName(sku));
const put = (priceMinor = 500) => actor().putProduct({ sku, name: "A product", priceMinor, currency: "EUR", context });
const receive = (operationId: string, quantity: number) => actor().receive({ sku, operationId, quantity });
const hold = (reservationId: string, quantity: number, owner: "order" | "operator" = "order", expiresAtMs: number | null = null) =>
  actor().reserve({ sku, reservationId, owner, quantity, expiresAtMs });
const release = (reservationId: string, quantity: number, owner: "order" | "operator" = "order") =>
  actor().release({ sku, reservationId, owner, quantity });
const commit = (reservationId: string) => actor().commit({ sku, reservationId });
const restock = (reservationId: string, operationId: string, quantity: number) =>
  actor().restock({ sku, reservationId, operationId, quantity });
const levels = () => actor().getLevels({ sku });
const audit = (after: string | null = null) => actor().auditStock({ sku, after });
/** Only Date: the alarm is rung by hand. */
const clock = (now: number) => vi.useFakeTimers({ now, toFake: ["Date"] });

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
    expect(await actor().getLevels({ sku })).toEqual({ sku, onHand: 20, reserved: 20, available: 0, sold: 0, received: 20, shards: 1 });
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
    expect(await actor().getLevels({ sku })).toEqual({ sku, onHand: 6, reserved: 0, available: 6, sold: 4, received: 10, shards: 1 });
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

describe("StockActor.reserveMany", () => {
  const wish = (reservationId: string, quantity: number, of = sku) =>
    ({ sku: of, reservationId, owner: "order", quantity, expiresAtMs: null }) as const;

  it("holds for each what the ones before it left, and answers each as if it had come alone", async () => {
    await put();
    await receive("in", 5);
    await hold("kept", 1);
    const wishes = [wish("a", 2), wish("kept", 1), wish("a", 2), wish("b", 3), wish("c", 2), wish("a", 1)];
    const replies = (await actor().reserveMany(wishes)).map((joined) => (joined.ok ? joined.reply : joined.error));
    expect(replies).toMatchObject([
      { ok: true, levels: { reserved: 3 } },
      { ok: true, levels: { reserved: 3 } },
      { ok: true, levels: { reserved: 3 } },
      { ok: false, code: "out_of_stock", available: 2, shards: 1 },
      { ok: true, levels: { reserved: 5 } },
      { ok: false, code: "reservation_conflict" },
    ]);
    await evictDurableObject(rawActor());
    expect(await levels()).toEqual({ sku, onHand: 5, reserved: 5, available: 0, sold: 0, received: 5, shards: 1 });
  });

  it("a hold that was made before takes no units a second time, not even while its neighbours are decided on", async () => {
    await put();
    await receive("in", 6);
    await hold("kept", 3);
    await release("gone", 1);
    const replies = await actor().reserveMany([wish("kept", 3), wish("gone", 1), wish("a", 3), wish("b", 1)]);
    expect(replies).toMatchObject([
      { reply: { ok: true, levels: { reserved: 3 } } },
      { reply: { ok: false, code: "reservation_conflict" } },
      { reply: { ok: true, levels: { reserved: 6 } } },
      { reply: { ok: false, code: "out_of_stock", available: 0 } },
    ]);
    // Nothing is free now, and still each finds what it has.
    expect(await actor().reserveMany([wish("a", 3), wish("kept", 3)])).toMatchObject([{ reply: { ok: true } }, { reply: { ok: true } }]);
    await evictDurableObject(rawActor());
    expect(await levels()).toMatchObject({ reserved: 6, available: 0 });
  });

  it("keeps the SKUs of one object apart", async () => {
    const other = `${sku}-other`;
    await put();
    await receive("in", 1);
    await actor().putProduct({ sku: other, name: "Another", priceMinor: 700, currency: "EUR", context });
    await actor().receive({ sku: other, operationId: "in", quantity: 1 });
    const replies = await actor().reserveMany([wish("r1", 1), wish("r1", 1, other), wish("r2", 1), wish("r3", 1, `${sku}-none`)]);
    expect(replies).toMatchObject([
      { reply: { ok: true, unitPriceMinor: 500 } },
      { reply: { ok: true, unitPriceMinor: 700 } },
      { reply: { ok: false, code: "out_of_stock" } },
      { reply: { ok: false, code: "unknown_sku" } },
    ]);
    await actor().commit({ sku, reservationId: "r1" });
    expect(await levels()).toMatchObject({ onHand: 0, sold: 1 });
    expect(await actor().getLevels({ sku: other })).toMatchObject({ onHand: 1, reserved: 1, sold: 0 });
  });
});

describe("StockActor.commitMany", () => {
  it("a sale without a hold fails alone", async () => {
    await put();
    await receive("in", 5);
    await hold("a", 2);
    await hold("b", 1);
    const replies = await actor().commitMany(["a", "nope", "b", "a"].map((reservationId) => ({ sku, reservationId })));
    expect(replies.map(({ ok }) => ok)).toEqual([true, false, true, true]);
    expect(replies[1]).toMatchObject({ error: expect.stringContaining("a sale without a hold") as string });
    await evictDurableObject(rawActor());
    expect(await levels()).toEqual({ sku, onHand: 2, reserved: 0, available: 2, sold: 3, received: 5, shards: 1 });
  });
});

describe("StockActor.reserveAndCommit", () => {
  const reserve = (reservationId: string, quantity: number) =>
    ({ kind: "reserve", sku, reservationId, owner: "order", quantity, expiresAtMs: null }) as const;
  const sale = (reservationId: string) => ({ kind: "commit", sku, reservationId }) as const;

  it("answers holds and sales each as if it had come alone, in their order", async () => {
    await put();
    await receive("in", 5);
    await hold("a", 2);
    await hold("b", 1);
    const wishes = [reserve("c", 1), sale("a"), sale("nope"), reserve("b", 1), reserve("d", 2), sale("a"), reserve("e", 1)];
    expect(await actor().reserveAndCommit(wishes)).toMatchObject([
      { ok: true, reply: { ok: true, levels: { reserved: 4, sold: 0 } } },
      { ok: true, reply: null },
      { ok: false, error: expect.stringContaining("a sale without a hold") as string },
      { ok: true, reply: { ok: true, levels: { reserved: 2, sold: 2 } } },
      { ok: true, reply: { ok: false, code: "out_of_stock", available: 1 } },
      { ok: true, reply: null },
      { ok: true, reply: { ok: true, levels: { reserved: 3, available: 0 } } },
    ]);
    await evictDurableObject(rawActor());
    expect(await levels()).toEqual({ sku, onHand: 3, reserved: 3, available: 0, sold: 2, received: 5, shards: 1 });
  });

  it("of an SKU that was never put: the hold is refused, the sale is a defect, and nothing is left behind", async () => {
    expect(await actor().reserveAndCommit([reserve("a", 1), sale("b")])).toMatchObject([
      { ok: true, reply: { ok: false, code: "unknown_sku" } },
      { ok: false, error: expect.stringContaining("a sale without a hold") as string },
    ]);
    expect(await levels()).toBeNull();
  });
});

describe("StockActor.restock", () => {
  beforeEach(async () => {
    await put();
    await receive("in", 10);
    await hold("r1", 4);
  });

  it("puts sold units back once for each operation, also after an eviction", async () => {
    await commit("r1");
    await restock("r1", "back-1", 3);
    await evictDurableObject(rawActor());
    await restock("r1", "back-1", 3);
    expect(await levels()).toEqual({ sku, onHand: 9, reserved: 0, available: 9, sold: 1, received: 10, shards: 1 });
    await restock("r1", "back-2", 1);
    expect(await levels()).toMatchObject({ onHand: 10, sold: 0, received: 10 });
  });

  it("sells a hold whose commit is late before it takes it back; the commit then changes nothing, and neither does a release", async () => {
    await restock("r1", "back-1", 4);
    await commit("r1");
    expect(await release("r1", 4)).toEqual({ ok: false, code: "reservation_conflict" });
    expect(await levels()).toEqual({ sku, onHand: 10, reserved: 0, available: 10, sold: 0, received: 10, shards: 1 });
  });

  it.each([
    ["without a hold", "nope", 1],
    ["of a hold that was released", "gone", 1],
    ["of more than was sold", "r1", 5],
    ["of an operator's hold", "by-hand", 1],
  ])("%s is a defect and changes nothing", async (_case, reservationId, quantity) => {
    await commit("r1");
    await release("gone", 1);
    await hold("by-hand", 1, "operator");
    const before = await audit();
    await expect(restock(reservationId, "back-1", quantity)).rejects.toThrow("a return without a sale");
    expect(await audit()).toEqual(before);
    // The refused operation did not spend its id.
    await restock("r1", "back-1", 1);
    expect(await levels()).toMatchObject({ sold: 3 });
  });
});

describe("StockActor: an operator's hold with a deadline", () => {
  const startMs = Date.parse("2030-01-01T00:00:00.000Z");
  const deadlineMs = startMs + 60_000;

  beforeEach(async () => {
    clock(startMs);
    await put();
    await receive("in", 10);
    expect(await hold("by-hand", 6, "operator", deadlineMs)).toMatchObject({ ok: true, expiresAtMs: deadlineMs });
  });

  it("is ended by the alarm, which asks nobody", async () => {
    await evictDurableObject(rawActor());
    clock(deadlineMs);
    expect(await runDurableObjectAlarm(rawActor())).toBe(true);
    const held = await runInDurableObject(rawActor(), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT reserved FROM ledgers").one(),
    );
    expect(held).toEqual({ reserved: 0 });
  });

  it("stands until its deadline, and asked for again it keeps its first one", async () => {
    clock(deadlineMs - 1);
    expect(await hold("by-hand", 6, "operator", deadlineMs + 60_000)).toMatchObject({ ok: true, expiresAtMs: deadlineMs });
    await runDurableObjectAlarm(rawActor());
    expect(await levels()).toMatchObject({ reserved: 6 });
    expect(await hold("r1", 5)).toEqual({ ok: false, code: "out_of_stock", available: 4, shards: 1 });
  });

  it.each([
    ["a reserve takes its units", async () => expect(await hold("r1", 10)).toMatchObject({ ok: true, levels: { reserved: 10 } })],
    ["a reading does not show it", async () => expect(await levels()).toMatchObject({ reserved: 0, available: 10 })],
    ["a delivery does not count it", async () => expect(await receive("in-2", 1)).toMatchObject({ levels: { onHand: 11, reserved: 0 } })],
    [
      "a release is a repeat",
      async () => expect(await release("by-hand", 6, "operator")).toMatchObject({ ok: true, levels: { reserved: 0 } }),
    ],
    [
      "its id is spent",
      async () => expect(await hold("by-hand", 6, "operator", deadlineMs + 1)).toEqual({ ok: false, code: "reservation_conflict" }),
    ],
  ] as const)("is over at its deadline without the alarm: %s", async (_rule, expectation) => {
    clock(deadlineMs);
    await expectation();
  });

  it("released in time is not ended again", async () => {
    await release("by-hand", 6, "operator");
    await hold("r1", 10);
    clock(deadlineMs);
    await runDurableObjectAlarm(rawActor());
    expect(await levels()).toMatchObject({ reserved: 10 });
  });

  it("never happens to an order's hold, whatever its deadline: only its order ends it", async () => {
    await hold("r1", 4, "order", startMs + 1);
    clock(deadlineMs);
    await runDurableObjectAlarm(rawActor());
    expect(await hold("r2", 7)).toEqual({ ok: false, code: "out_of_stock", available: 6, shards: 1 });
    expect((await audit())?.holds).toMatchObject([
      { owner: "operator", reservationId: "by-hand", state: "released" },
      { owner: "order", reservationId: "r1", state: "held", expiresAtMs: startMs + 1 },
    ]);
  });

  it("ends in portions, and a call that needs the units waits for no alarm", async () => {
    await receive("more", 250);
    for (let index = 0; index < 250; index += 1) await hold(`small-${index}`, 1, "operator", startMs + 1 + index);
    clock(deadlineMs);
    await runDurableObjectAlarm(rawActor());
    const left = await runInDurableObject(rawActor(), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT reserved FROM ledgers").one(),
    );
    expect(left).toEqual({ reserved: 156 });
    expect(await hold("all", 260)).toMatchObject({ ok: true, levels: { reserved: 260, available: 0 } });
  });

  it("is found through an index, not by reading every hold", async () => {
    const plan = await runInDurableObject(rawActor(), (_actor: StockActor, state) =>
      state.storage.sql
        .exec(
          `EXPLAIN QUERY PLAN SELECT min(expires_at_ms) FROM holds
           WHERE state = 'held' AND expires_at_ms IS NOT NULL AND substr(reservation_id, 1, 9) = 'operator/'`,
        )
        .toArray(),
    );
    expect(JSON.stringify(plan)).toContain("holds_by_deadline");
  });
});

describe("StockActor.auditStock", () => {
  it("reads levels, totals and holds at one moment", async () => {
    expect(await audit()).toBeNull();
    await put();
    await receive("in", 20);
    await hold("r1", 4);
    await hold("r2", 3, "order", 5_000);
    await hold("by-hand", 2, "operator");
    await release("gone", 1);
    await commit("r1");
    await restock("r1", "back", 1);
    const entry = { shard: 0, returned: 0, expiresAtMs: null, updatedAtMs: expect.any(Number) as number };
    expect(await audit()).toEqual({
      levels: { sku, onHand: 17, reserved: 5, available: 12, sold: 3, received: 20, shards: 1 },
      totals: { held: 5, sold: 3, received: 20 },
      holds: [
        { ...entry, owner: "operator", reservationId: "by-hand", quantity: 2, state: "held" },
        { ...entry, owner: "order", reservationId: "gone", quantity: 1, state: "released" },
        { ...entry, owner: "order", reservationId: "r1", quantity: 4, state: "committed", returned: 1 },
        { ...entry, owner: "order", reservationId: "r2", quantity: 3, state: "held", expiresAtMs: 5_000 },
      ],
      next: null,
      shards: [],
    });
  });

  it("gives every hold once, a thousand to a page", async () => {
    await put();
    const ids = Array.from({ length: 1_001 }, (_, index) => `r${index}`);
    await Promise.all(ids.map((id) => release(id, 1)));
    const first = await audit();
    const second = await audit(first?.next ?? null);
    expect([first?.holds.length, second?.holds.length, second?.next]).toEqual([1_000, 1, null]);
    const few = await actor().auditStock({ sku, after: null, limit: 3 });
    expect([few?.holds, few?.totals]).toEqual([first?.holds.slice(0, 3), first?.totals]);
    expect((await actor().auditStock({ sku, after: null, limit: 5_000 }))?.holds.length).toBe(1_000);
    expect([...(first?.holds ?? []), ...(second?.holds ?? [])].map(({ reservationId }) => reservationId).sort()).toEqual([...ids].sort());
  });
});

/** What the first release wrote, word for word: an actor that has slept since then wakes up with it. */
const firstSchema = () => `
  CREATE TABLE product (
    only INTEGER PRIMARY KEY CHECK (only = 1), sku TEXT NOT NULL, name TEXT NOT NULL, price_minor INTEGER NOT NULL,
    currency TEXT NOT NULL, version INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE levels (
    only INTEGER PRIMARY KEY CHECK (only = 1), on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand), sold INTEGER NOT NULL CHECK (sold >= 0),
    received INTEGER NOT NULL CHECK (received = on_hand + sold)
  ) STRICT;
  CREATE TABLE holds (
    reservation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('held', 'released', 'committed')),
    name TEXT NOT NULL, unit_price_minor INTEGER NOT NULL, currency TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE receipts (operation_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE outbox (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, waiting_for INTEGER NOT NULL, attempts INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL, next_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX outbox_by_next ON outbox (next_at_ms);
  CREATE INDEX outbox_by_creation ON outbox (created_at_ms);
  CREATE TABLE schema_version (version INTEGER NOT NULL);
  INSERT INTO schema_version (version) VALUES (1);
  INSERT INTO product VALUES (1, '${sku}', 'Old', 500, 'EUR', 3, 1);
  INSERT INTO levels VALUES (1, 7, 2, 3, 10);
  INSERT INTO receipts VALUES ('in', 10, 1);
  INSERT INTO holds VALUES
    ('order/sold', 3, 'committed', 'Old', 500, 'EUR', 1), ('order/held', 1, 'held', 'Old', 500, 'EUR', 2),
    ('operator/by-hand', 1, 'held', 'Old', 400, 'EUR', 3), ('order/gone', 5, 'released', '', 0, '', 4);`;

describe("StockActor: migration from the first schema", () => {
  beforeEach(async () => {
    await runInDurableObject(rawActor(), (_actor: StockActor, state) => state.storage.sql.exec(firstSchema()).toArray());
    await evictDurableObject(rawActor());
  });

  it("keeps every unit and every hold, and goes on with them", async () => {
    const entry = { shard: 0, returned: 0, expiresAtMs: null };
    expect(await audit()).toEqual({
      levels: { sku, onHand: 7, reserved: 2, available: 5, sold: 3, received: 10, shards: 1 },
      totals: { held: 2, sold: 3, received: 10 },
      holds: [
        { ...entry, owner: "operator", reservationId: "by-hand", quantity: 1, state: "held", updatedAtMs: 3 },
        { ...entry, owner: "order", reservationId: "gone", quantity: 5, state: "released", updatedAtMs: 4 },
        { ...entry, owner: "order", reservationId: "held", quantity: 1, state: "held", updatedAtMs: 2 },
        { ...entry, owner: "order", reservationId: "sold", quantity: 3, state: "committed", updatedAtMs: 1 },
      ],
      next: null,
      shards: [],
    });
    expect(await hold("held", 1)).toMatchObject({ ok: true, unitPriceMinor: 500, expiresAtMs: null });
    expect(await hold("gone", 5)).toEqual({ ok: false, code: "reservation_conflict" });
    expect(await receive("in", 10)).toMatchObject({ ok: true, levels: { received: 10 } });
    await restock("sold", "back", 3);
    await commit("held");
    expect(await release("by-hand", 1, "operator")).toMatchObject({ ok: true });
    expect(await levels()).toEqual({ sku, onHand: 9, reserved: 0, available: 9, sold: 1, received: 10, shards: 1 });
  });

  it("ends with the tables of a new object", async () => {
    const tables = async (name: string) => {
      const rows = await runInDurableObject(env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName(name)), (_actor: StockActor, state) =>
        state.storage.sql.exec("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name").toArray(),
      );
      // A column that was added stands behind the last one, without the line break of a new table's.
      return rows.map((row) => [
        row["name"],
        String(row["sql"])
          .replaceAll(/\s+/g, " ")
          .replaceAll(/ ?([(),]) ?/g, "$1"),
      ]);
    };
    const fresh = `${sku}-new`;
    await stockActor(env.STOCK_ACTOR, fresh, { kind: "per-sku" }).release({ sku: fresh, reservationId: "r", owner: "order", quantity: 1 });
    await levels();
    expect(await tables(sku)).toEqual(await tables(fresh));
  });

  it("happens once", async () => {
    await levels();
    await evictDurableObject(rawActor());
    const version = await runInDurableObject(rawActor(), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT version FROM schema_version").toArray(),
    );
    expect(version).toEqual([{ version: 4 }]);
    expect(await levels()).toMatchObject({ onHand: 7, sold: 3 });
  });
});
