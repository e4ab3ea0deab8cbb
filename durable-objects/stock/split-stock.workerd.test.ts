import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StockAudit } from "../../shared/contracts/audited.ts";
import { disagreementOf } from "../../shared/domain/stock/shards/sum-levels.ts";
import { shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import { StockActor } from "./actor.ts";
import { stockActor } from "./client.ts";

const placement = { kind: "per-sku" } as const;
const context = { requestId: "req-1", correlationId: "cor-1" };
/** Each test has an SKU of its own. */
let test = 0;
let sku = "";
const root = () => stockActor(env.STOCK_ACTOR, sku, placement);
const at = (shard: number) => stockActor(env.STOCK_ACTOR, shardKey(sku, shard), placement);
const rawAt = (shard: number) => env.STOCK_ACTOR.get(env.STOCK_ACTOR.idFromName(shardKey(sku, shard)));
const put = (priceMinor = 500) => root().putProduct({ sku, name: "A product", priceMinor, currency: "EUR", context });
const hold = (shard: number, reservationId: string, quantity = 1) =>
  at(shard).reserve({ sku: shardKey(sku, shard), reservationId, owner: "order", quantity, expiresAtMs: null });
const release = (shard: number, reservationId: string, quantity = 1) =>
  at(shard).release({ sku: shardKey(sku, shard), reservationId, owner: "order", quantity });
const commit = (shard: number, reservationId: string) => at(shard).commit({ sku: shardKey(sku, shard), reservationId });
const levels = () => root().getLevels({ sku });
const audit = async (): Promise<StockAudit> => {
  const page = await root().auditStock({ sku, after: null });
  if (page === null) throw new Error("no ledger");
  return page;
};

async function open(units: number, shards: number): Promise<void> {
  await put();
  await root().receive({ sku, operationId: "in", quantity: units });
  await root().setShards({ sku, shards });
}

/** Nothing was lost, doubled or promised twice, on any side. */
async function expectBalanced(received: number): Promise<StockAudit> {
  const found = await audit();
  expect(found.levels).toMatchObject({
    received,
    onHand: received - found.levels.sold,
    reserved: found.totals.held,
    sold: found.totals.sold,
  });
  expect(found.totals.received).toBe(received);
  expect((found.shards ?? []).map((shard) => disagreementOf(shard, shard))).toEqual((found.shards ?? []).map(() => null));
  return found;
}

beforeEach(() => {
  test += 1;
  sku = `SPLIT-${test}`;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("an SKU over several objects", () => {
  it("sells its last unit wherever it is asked for, and no unit more", async () => {
    await open(20, 4);
    const replies = await Promise.all(Array.from({ length: 30 }, (_, index) => hold(index % 4, `r${index}`)));
    expect(replies.filter((reply) => reply.ok)).toHaveLength(20);
    expect(replies.filter((reply) => !reply.ok && reply.code === "out_of_stock" && reply.available === 0)).toHaveLength(10);
    expect(await levels()).toEqual({ sku, onHand: 20, reserved: 20, available: 0, sold: 0, received: 20, shards: 4 });
    await expectBalanced(20);
  });

  it("finds units that have become free at another shard, or at the root", async () => {
    await open(3, 3);
    expect(await Promise.all([hold(0, "a"), hold(1, "b"), hold(2, "c")])).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(await hold(1, "d")).toEqual({ ok: false, code: "out_of_stock", available: 0, shards: 3 });
    await release(2, "c");
    expect(await hold(1, "e")).toMatchObject({ ok: true });
    await release(1, "b");
    expect(await hold(0, "f")).toMatchObject({ ok: true });
    await release(0, "a");
    expect(await hold(2, "g", 2)).toEqual({ ok: false, code: "out_of_stock", available: 1, shards: 3 });
    expect(await hold(2, "h")).toMatchObject({ ok: true });
    await expectBalanced(3);
  });

  it("serves orders at a shard alone once it has borrowed, and does each thing once, evictions or not", async () => {
    await open(100, 2);
    for (const again of [false, true]) {
      if (again) await Promise.all([evictDurableObject(rawAt(0)), evictDurableObject(rawAt(1))]);
      expect(await hold(1, "a", 2)).toMatchObject({ ok: true, levels: { shards: 2 } });
      await commit(1, "a");
      await at(1).restock({ sku: shardKey(sku, 1), reservationId: "a", operationId: "back", quantity: 1 });
      await release(1, "b", 3);
    }
    expect(await levels()).toEqual({ sku, onHand: 99, reserved: 0, available: 99, sold: 1, received: 100, shards: 2 });
    const { shards, holds } = await expectBalanced(100);
    // Two were wanted, and half of the other 98 over two objects.
    expect(shards).toMatchObject([{ shard: 1, lent: 26, received: 26, sold: 1 }]);
    expect(holds.map(({ reservationId, shard, state }) => [reservationId, shard, state])).toEqual([
      ["a", 1, "committed"],
      ["b", 1, "released"],
    ]);
  });

  it("sells at the new price everywhere once the change has been acknowledged", async () => {
    await open(100, 2);
    expect(await hold(1, "before")).toMatchObject({ unitPriceMinor: 500 });
    await put(600);
    expect(await hold(1, "after")).toMatchObject({ unitPriceMinor: 600 });
    expect(await hold(1, "before")).toMatchObject({ unitPriceMinor: 500 });
  });

  it("takes back what is free when it is spread over fewer objects, then and by and by; what is held stays valid", async () => {
    await open(100, 4);
    await Promise.all([hold(1, "a"), hold(2, "b"), hold(3, "c")]);
    expect(await root().setShards({ sku, shards: 2 })).toMatchObject({ ok: true, levels: { shards: 2, reserved: 3, available: 97 } });
    const before = await expectBalanced(100);
    expect(before.shards?.map(({ shard, onHand, reserved }) => [shard, onHand - reserved > 0, reserved])).toEqual([
      [1, true, 1],
      [2, false, 1],
      [3, false, 1],
    ]);
    await release(2, "b");
    await commit(3, "c");
    expect(await runDurableObjectAlarm(rawAt(0))).toBe(true);
    // The alarm is early, and does what is due: nothing yet.
    await runInDurableObject(rawAt(0), (_actor: StockActor, state) => state.storage.sql.exec("UPDATE ledgers SET upkeep_at_ms = 1"));
    await runDurableObjectAlarm(rawAt(0));
    const after = await expectBalanced(100);
    expect(after.shards?.map(({ shard, onHand, sold }) => [shard, onHand > 0, sold])).toEqual([
      [1, true, 0],
      [2, false, 0],
      [3, false, 1],
    ]);
    const due = await runInDurableObject(rawAt(0), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT upkeep_at_ms FROM ledgers").toArray(),
    );
    expect(due).toEqual([{ upkeep_at_ms: null }]);
    // A shard that new orders do not go to any more is still a right one.
    expect(await hold(3, "late", 90)).toMatchObject({ ok: true });
    await expectBalanced(100);
  });

  it("what changes while the shards are being told stays due, should the run that is to tell it never come", async () => {
    await open(100, 2);
    await hold(1, "a");
    const isDue = () =>
      runInDurableObject(rawAt(0), (_actor: StockActor, state) => state.storage.sql.exec("SELECT upkeep_at_ms FROM ledgers").one()).then(
        (row) => row["upkeep_at_ms"] !== null,
      );
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const { settle } = StockActor.prototype;
    const heard = vi.spyOn(StockActor.prototype, "settle").mockImplementation(async function (this: StockActor, command) {
      const gate = gates[heard.mock.calls.length - 1];
      const reading = await settle.call(this, command);
      await gate?.promise;
      return reading;
    });
    const puts = [put(600)];
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
    puts.push(put(700));
    await vi.waitFor(async () => expect(await root().getProduct({ sku })).toMatchObject({ version: 3 }));
    gates[0]?.resolve(undefined);
    await puts[0];
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2));
    expect(await isDue()).toBe(true);
    gates[1]?.resolve(undefined);
    await Promise.all(puts);
    expect(await isDue()).toBe(false);
  });

  it("answers an operator for all of it: holds by hand take what is free at the shards, and the answer is the whole SKU's", async () => {
    await open(10, 2);
    await hold(1, "a");
    const byHand = { sku, reservationId: "by-hand", owner: "operator", quantity: 9 } as const;
    expect(await root().reserve({ ...byHand, expiresAtMs: null })).toMatchObject({ ok: true, levels: { reserved: 10, available: 0 } });
    expect(await root().release(byHand)).toMatchObject({ ok: true, levels: { reserved: 1, available: 9 } });
    expect(await root().receive({ sku, operationId: "more", quantity: 5 })).toMatchObject({ levels: { received: 15, available: 14 } });
  });

  it("refuses nobody while a shard does not answer: that is a failure, and the shard may have what is wanted", async () => {
    await open(10, 2);
    await hold(1, "a");
    // Half of the nine that were left, over two objects.
    expect((await audit()).shards).toMatchObject([{ lent: 3, onHand: 3, reserved: 1 }]);
    const silent = vi.spyOn(StockActor.prototype, "settle").mockRejectedValue(new Error("not there"));
    await expect(hold(0, "b", 9)).rejects.toThrow("not every shard could be asked");
    await expect(levels()).rejects.toThrow("did not answer");
    await expect(put(600)).rejects.toThrow("do not know the product yet");
    expect(await hold(0, "c", 7)).toMatchObject({ ok: true, unitPriceMinor: 600 });
    silent.mockRestore();
    expect(await hold(0, "b", 9)).toEqual({ ok: false, code: "out_of_stock", available: 2, shards: 2 });
    expect(await put(600)).toMatchObject({ created: false });
    expect(await hold(1, "d", 2)).toMatchObject({ ok: true, unitPriceMinor: 600 });
    await expectBalanced(10);
  });

  it("says of an SKU that was never put that it is not known, and leaves nothing behind", async () => {
    expect(await hold(3, "a")).toEqual({ ok: false, code: "unknown_sku" });
    expect(await root().setShards({ sku, shards: 2 })).toEqual({ ok: false, code: "unknown_sku" });
    const tables = await runInDurableObject(rawAt(3), (_actor: StockActor, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'ledgers'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("joined orders wait together: each has its own answer, and an order that was released meanwhile does not get a hold", async () => {
    await open(5, 2);
    const key = shardKey(sku, 1);
    const ask = (reservationId: string, quantity: number) =>
      ({ sku: key, reservationId, owner: "order", quantity, expiresAtMs: null }) as const;
    await release(1, "gone", 2);
    const asked = [ask("a", 3), ask("gone", 2), ask("b", 9), ask("c", 2)];
    expect(await Promise.all(asked.map((command) => at(1).reserve(command)))).toMatchObject([
      { ok: true },
      { ok: false, code: "reservation_conflict" },
      { ok: false, code: "out_of_stock" },
      { ok: true },
    ]);
    await expectBalanced(5);
  });

  it("an order that must wait keeps no neighbour of its joined call waiting: it is told to ask alone", async () => {
    await open(5, 2);
    const at1 = { sku: shardKey(sku, 1), owner: "order", expiresAtMs: null } as const;
    await at(1).reserve({ ...at1, reservationId: "first", quantity: 1 });
    const borrow = vi.spyOn(StockActor.prototype, "borrow").mockImplementation(() => new Promise(() => undefined));
    const replies = await at(1).reserveMany([
      { ...at1, reservationId: "first", quantity: 1 },
      { ...at1, reservationId: "many", quantity: 5 },
    ]);
    expect(replies).toMatchObject([
      { ok: true, reply: { ok: true } },
      { ok: true, reply: "dry" },
    ]);
    expect(borrow).not.toHaveBeenCalled();
  });

  it("ends an operator's hold that is past its deadline before it says that nothing is left", async () => {
    await open(1, 2);
    const nowMs = Date.now();
    await root().reserve({ sku, reservationId: "by-hand", owner: "operator", quantity: 1, expiresAtMs: nowMs + 60_000 });
    vi.useFakeTimers({ now: nowMs + 61_000, toFake: ["Date"] });
    const at1 = { sku: shardKey(sku, 1), reservationId: "r1", owner: "order", quantity: 1, expiresAtMs: null } as const;
    expect(await at(1).reserve(at1)).toMatchObject({ ok: true });
  });

  it("pages its audit through all objects in the order of the reservations", async () => {
    await open(3_000, 4);
    const ids = Array.from({ length: 2_400 }, (_, index) => `r${String(index).padStart(4, "0")}`);
    const ask = (shard: number) => ids.filter((_id, index) => index % 4 === shard);
    for (const shard of [0, 1, 2, 3]) {
      const key = shardKey(sku, shard);
      const commands = ask(shard).map(
        (reservationId) => ({ sku: key, reservationId, owner: "order", quantity: 1, expiresAtMs: null }) as const,
      );
      await Promise.all(commands.map((command) => at(shard).reserve(command)));
    }
    const seen: string[] = [];
    for (let after: string | null = ""; after !== null;) {
      const page: StockAudit | null = await root().auditStock({ sku, after });
      if (page === null) throw new Error("no ledger");
      expect(page.levels.reserved).toBe(2_400);
      seen.push(...page.holds.map(({ reservationId }) => reservationId));
      after = page.next;
    }
    expect(seen).toEqual(ids);
  }, 30_000);
});
