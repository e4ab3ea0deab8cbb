/** Orders of one host that are worked on at the same moment: joined in their calls and commits, and apart in all else. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JoinedOrderReply, OrderActorApi, OrderChange, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { orderEventSchema } from "../../shared/events/catalogue.ts";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { testQueues } from "../../shared/testing/test-queues.ts";
import { stockActor } from "../stock/client.ts";
import { Deadlines } from "../kernel/deadlines.ts";
import { Turns } from "../kernel/turns.ts";
import { StockActor } from "../stock/actor.ts";
import type { OrderActor } from "./actor.ts";
import { orderActor } from "./client.ts";
import { OrderStore } from "./store.ts";

/** Every order lives here, whatever its name. */
const oneHost = { kind: "pooled", hosts: 1 } as const;
let test = 0;
let sku = "";
const context = { requestId: "req-1", correlationId: "cor-1" };
const nameOf = (number: number): string => `${test.toString(16).padStart(4, "0")}${number.toString(16).padStart(28, "0")}`;
const actorOf = (name: string) => orderActor(env.ORDER_ACTOR, name, oneHost);
const rawActor = () => env.ORDER_ACTOR.get(env.ORDER_ACTOR.idFromName("host-0"));
const stock = () => stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });

function commandOf(number: number, paymentMethod = "pm_card_visa"): PlaceOrderCommand {
  const items = [{ sku, quantity: 1 }];
  const name = nameOf(number);
  const request = { method: "POST", path: "/v1/orders", body: canonicalJson({ items, payment_method: paymentMethod }) };
  const unusual = { expectedTotalMinor: null, metadata: {}, waitMs: 9_000 } as const;
  return { name, principalId: "alice", request, items, paymentMethod, context, ...unusual };
}

const place = (number: number, paymentMethod?: string): Promise<PlaceOrderReply> =>
  actorOf(nameOf(number)).placeOrder(commandOf(number, paymentMethod));

const outcomeOf = (reply: PlaceOrderReply): string =>
  reply.kind === "settled" ? (reply.order.failure?.code ?? reply.order.status) : reply.kind;

beforeEach(async () => {
  test += 1;
  sku = `JOINED-${test}`;
  testProvider.reset();
  testQueues.reset();
  await stock().putProduct({ sku, name: "A product", priceMinor: 500, currency: "EUR", context });
  await stock().receive({ sku, operationId: "in", quantity: 20 });
});
afterEach(() => vi.restoreAllMocks());

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("orders that come together", () => {
  it("have each its own outcome: one that is refused, or whose card is, costs its neighbours nothing", async () => {
    const replies = await Promise.all(numbers(30).map((number) => place(number, number % 3 === 0 ? "pm_card_declined" : "pm_card_visa")));
    const outcomes = Map.groupBy(replies.map(outcomeOf), (outcome) => outcome);
    const count = (outcome: string): number => outcomes.get(outcome)?.length ?? 0;
    expect(count("confirmed") + count("payment_declined") + count("out_of_stock")).toBe(30);
    expect(testProvider.charged).toHaveLength(count("confirmed"));
    await vi.waitFor(async () => {
      expect(await stock().getLevels({ sku })).toMatchObject({ onHand: 20 - count("confirmed"), reserved: 0, sold: count("confirmed") });
    });
    expect(replies.every((reply, number) => reply.kind === "settled" && reply.order.id === orderIdFor(nameOf(number)))).toBe(true);
  });

  it("never sell a unit twice, and every one that is there is sold", async () => {
    const replies = await Promise.all(numbers(50).map((number) => place(number)));
    expect(replies.filter((reply) => outcomeOf(reply) === "confirmed")).toHaveLength(20);
    expect(replies.filter((reply) => outcomeOf(reply) === "out_of_stock")).toHaveLength(30);
  });

  it("are one order when they have one key, whoever of them comes first", async () => {
    await place(0);
    const replies = await Promise.all([...numbers(5).map(() => place(1)), ...numbers(5).map(() => place(2))]);
    const settled = replies.map((reply) => (reply.kind === "settled" ? `${reply.order.id} ${String(reply.replayed)}` : reply.kind));
    expect(settled.filter((reply) => reply.endsWith("false"))).toHaveLength(2);
    expect(new Set(settled).size).toBe(4);
    expect(testProvider.charged).toHaveLength(3);
  });

  it("ask for their stock in few calls", async () => {
    const together = vi.spyOn(StockActor.prototype, "reserveMany");
    const alone = vi.spyOn(StockActor.prototype, "reserve");
    const withSales = vi.spyOn(StockActor.prototype, "reserveAndCommit");
    // In one call, or a busy machine takes them in one by one.
    await rawActor().placeOrdersAsTexts(numbers(16).map((number) => commandOf(number)));
    const calls = [
      ...together.mock.calls.map(([commands]) => commands),
      ...alone.mock.calls.map(([command]) => [command]),
      ...withSales.mock.calls.map(([wishes]) => wishes.filter(({ kind }) => kind === "reserve")),
    ];
    expect(calls.flat()).toHaveLength(16);
    expect(calls.length).toBeLessThan(8);
  });

  it("are answered again each with its own answer, from memory and from disk", async () => {
    const first = await Promise.all(numbers(8).map((number) => place(number)));
    const replayed = first.map((reply) => ({ ...reply, replayed: true }));
    expect(await Promise.all(numbers(8).map((number) => place(number)))).toEqual(replayed);
    await evictDurableObject(rawActor());
    expect(await Promise.all(numbers(8).map((number) => place(number)))).toEqual(replayed);
  });

  it("with the same key are one order, and share its answer", async () => {
    const replies = await Promise.all([place(1), place(2), place(1), place(2), place(1)]);
    expect(replies.map((reply) => reply.kind === "settled" && reply.order.id)).toEqual([1, 2, 1, 2, 1].map((n) => orderIdFor(nameOf(n))));
    expect(testProvider.charged).toHaveLength(2);
  });

  it("are each told of once", async () => {
    await Promise.all(numbers(12).map((number) => place(number)));
    const told = () => testQueues.received("order-events").flatMap((body) => orderEventSchema.safeParse(body).data?.subject ?? []);
    const wanted = numbers(12).map((number) => orderIdFor(nameOf(number)));
    await vi.waitFor(() =>
      expect(
        told()
          .filter((subject) => wanted.includes(subject))
          .sort(),
      ).toEqual(wanted.sort()),
    );
  });
});

/** Back to the tables of the first release, with all that is in them. */
const firstTables = `
  ALTER TABLE orders RENAME TO newer_orders;
  ALTER TABLE journal RENAME TO newer_journal;
  ALTER TABLE requests RENAME TO newer_requests;
  DROP INDEX orders_by_next;
  CREATE TABLE orders (
    order_id TEXT PRIMARY KEY, state TEXT NOT NULL, version INTEGER NOT NULL, published_entries INTEGER NOT NULL,
    published_status TEXT NOT NULL, last_event_id TEXT NOT NULL, next_at_ms INTEGER
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX orders_by_next ON orders (next_at_ms) WHERE next_at_ms IS NOT NULL;
  CREATE TABLE journal (order_id TEXT NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (order_id, seq)) WITHOUT ROWID, STRICT;
  CREATE TABLE requests (
    name TEXT PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL, status INTEGER, reply TEXT
  ) WITHOUT ROWID, STRICT;
  INSERT INTO orders SELECT order_id, state, version, published_entries, published_status, last_event_id, next_at_ms FROM newer_orders;
  INSERT INTO journal SELECT o.order_id, e.value ->> 'seq', e.value
    FROM newer_journal AS j JOIN newer_orders AS o USING (id), json_each(j.entries) AS e;
  INSERT INTO requests SELECT name, method, path, body, started_at_ms, status, reply FROM newer_requests;
  DROP TABLE newer_orders;
  DROP TABLE newer_journal;
  DROP TABLE newer_requests;
  CREATE INDEX outbox_by_creation ON outbox (created_at_ms);
  UPDATE schema_version SET version = 1;`;

describe("OrderActor: migration from the first schema", () => {
  const other = { method: "POST", path: "/v1/notify", body: "{}" };
  const tables = () =>
    runInDurableObject(rawActor(), (_actor: OrderActor, state) =>
      state.storage.sql.exec("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name").toArray(),
    );

  it("keeps every order, its journal and every answer, and ends with the tables of a new object", async () => {
    const first = await Promise.all(numbers(5).map((number) => place(number)));
    const actor = actorOf(nameOf(0));
    await actor.beginRequest({ name: nameOf(100), request: other });
    await actor.finishRequest({ name: nameOf(100), reply: { status: 200, body: "{}" } });
    const read = () =>
      Promise.all(numbers(5).map((number) => actor.getTimeline({ orderId: orderIdFor(nameOf(number)), principalId: "alice" })));
    const before = { timelines: await read(), tables: await tables() };
    await runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.sql.exec(firstTables).toArray());
    await evictDurableObject(rawActor());
    expect(await read()).toEqual(before.timelines);
    expect(await tables()).toEqual(before.tables);
    expect(await Promise.all(numbers(5).map((number) => place(number)))).toEqual(first.map((reply) => ({ ...reply, replayed: true })));
    expect(await actor.beginRequest({ name: nameOf(100), request: other })).toMatchObject({ kind: "replay" });
    expect(outcomeOf(await place(5))).toBe("confirmed");
  });
});

// The last ones: an object that has thrown at a caller cannot be evicted by the test tools any more.
describe("placeOrdersAsTexts", () => {
  const together = (...commands: PlaceOrderCommand[]) => plainRpc<OrderActorApi>(rawActor()).placeOrdersAsTexts(commands);
  const read = (reply: JoinedOrderReply | undefined): PlaceOrderReply | null =>
    reply == null || reply === "begun" ? null : (JSON.parse(reply) as PlaceOrderReply);
  /** As the gateway does: whoever got no answer in time asks alone. null: that failed. */
  const placeTogether = async (...commands: PlaceOrderCommand[]): Promise<readonly (PlaceOrderReply | null)[]> => {
    const replies = await together(...commands);
    const alone = (command: PlaceOrderCommand) => actorOf(command.name).placeOrder({ ...command, askedAgain: true });
    return Promise.all(commands.map(async (command, index) => read(replies[index]) ?? alone(command).catch(() => null)));
  };
  const answerOf = (reply: PlaceOrderReply | null | undefined): string => (reply == null ? "none" : outcomeOf(reply));
  const under = (requestId: string, command: PlaceOrderCommand): PlaceOrderCommand => ({ ...command, context: { ...context, requestId } });
  const replayed = (reply: PlaceOrderReply | null | undefined) => reply != null && reply.kind !== "mismatch" && reply.replayed;

  it("answers each order for itself, in the order of the commands, as placeOrder would", async () => {
    const unsold = { ...commandOf(2), items: [{ sku, quantity: 99 }] };
    const replies = await placeTogether(under("a", commandOf(0)), under("b", commandOf(1, "pm_card_declined")), under("c", unsold));
    expect(replies.map(answerOf)).toEqual(["confirmed", "payment_declined", "out_of_stock"]);
    const again = await Promise.all([place(0), place(1, "pm_card_declined")]);
    expect(again).toEqual(replies.slice(0, 2).map((reply) => ({ ...reply, replayed: true })));
  });

  it("one key twice is one order: the second is a replay; with another body it is a mismatch", async () => {
    const other = under("c", commandOf(1, "pm_card_declined"));
    const replies = await placeTogether(under("a", commandOf(1)), under("b", commandOf(1)), other, under("d", commandOf(2)));
    expect(replies.map(answerOf)).toEqual(["confirmed", "confirmed", "mismatch", "confirmed"]);
    expect(replies.slice(0, 2).map(replayed)).toEqual([false, true]);
    expect(testProvider.charged).toHaveLength(2);
  });

  it("an order that takes long keeps nobody waiting: it has begun, and asked for again by its request it is no replay", async () => {
    // What is not in stock ends without the provider that the others wait for.
    const release = testProvider.hold();
    const unsold = { ...commandOf(3), items: [{ sku, quantity: 99 }] };
    const startedAtMs = Date.now();
    const [slow, quick, twin] = await together(under("a", commandOf(1)), unsold, under("b", commandOf(1)));
    expect([slow, answerOf(read(quick)), twin]).toEqual(["begun", "out_of_stock", null]);
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
    release();
    const again = await actorOf(nameOf(1)).placeOrder({ ...under("a", commandOf(1)), askedAgain: true });
    expect([outcomeOf(again), replayed(again)]).toEqual(["confirmed", false]);
    // The other request has placed nothing, whatever it says; and who does not say so is told of a replay.
    expect(replayed(await actorOf(nameOf(1)).placeOrder({ ...under("b", commandOf(1)), askedAgain: true }))).toBe(true);
    expect(replayed(await actorOf(nameOf(1)).placeOrder(under("a", commandOf(1))))).toBe(true);
    expect(testProvider.charged).toHaveLength(1);
  });

  it("an order that cannot be written is told nothing, and costs its neighbours nothing", async () => {
    await place(0);
    const unlucky = orderIdFor(nameOf(2));
    const { save } = OrderStore.prototype;
    vi.spyOn(OrderStore.prototype, "save").mockImplementation(function (this: OrderStore, record) {
      save.call(this, record);
      if (record.state.orderId === unlucky) throw new Error("the disk is full");
    });
    const replies = await placeTogether(under("a", commandOf(1)), under("b", commandOf(2)), under("c", commandOf(3)));
    expect(replies.map(answerOf)).toEqual(["confirmed", "none", "confirmed"]);
  });
});

describe("a commit that is rolled back in a turn that others share", () => {
  it("is made again for each order by itself", async () => {
    await place(0);
    const saved = vi.spyOn(OrderStore.prototype, "save");
    let rolledBack = 0;
    await runInDurableObject(rawActor(), (_actor: OrderActor, state) => {
      const { transaction } = state.storage;
      vi.spyOn(state.storage, "transaction").mockImplementation((work) =>
        transaction.call(state.storage, async (own) => {
          const before = saved.mock.calls.length;
          const result = await work(own);
          const orders = saved.mock.calls.length - before;
          if (orders > 1) throw new Error(`the disk has no room for ${(rolledBack += orders)}`);
          return result;
        }),
      );
    });
    const replies = await Promise.all(numbers(10).map((number) => place(number + 1)));
    expect(rolledBack).toBeGreaterThan(1);
    expect(replies.map(outcomeOf)).toEqual(Array(10).fill("confirmed"));
    expect(testProvider.charged).toHaveLength(11);
  });

  it("takes no other order with it, and its own can be placed again", async () => {
    await place(0);
    const unlucky = orderIdFor(nameOf(4));
    const { save } = OrderStore.prototype;
    vi.spyOn(OrderStore.prototype, "save").mockImplementation(function (this: OrderStore, record) {
      save.call(this, record);
      if (record.state.orderId === unlucky) throw new Error("the disk is full");
    });
    const results = await Promise.allSettled(numbers(10).map((number) => place(number + 1)));
    expect(results.flatMap((result, index) => (result.status === "rejected" ? [index + 1] : []))).toEqual([4]);
    vi.restoreAllMocks();
    const again = await Promise.all(numbers(10).map((number) => place(number + 1)));
    expect(again.map(outcomeOf)).toEqual(Array(10).fill("confirmed"));
    expect(again.map((reply) => reply.kind === "settled" && reply.replayed)).toEqual(numbers(10).map((index) => index + 1 !== 4));
    expect(testProvider.charged).toHaveLength(11);
  });
});

describe("an order whose commit this object has not heard of yet", () => {
  /** The transaction of that number is on disk, and heard of only when `hear` is called. */
  const holdBack = (number: number) => {
    const [written, heard] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    let transactions = 0;
    const hold = runInDurableObject(rawActor(), (_actor: OrderActor, state) => {
      const { transaction } = state.storage;
      vi.spyOn(state.storage, "transaction").mockImplementation(async (work) => {
        const isIt = (transactions += 1) === number;
        const result = await transaction.call(state.storage, work);
        if (!isIt) return result;
        written.resolve(undefined);
        await heard.promise;
        return result;
      });
    });
    return { hold, written: written.promise, hear: () => heard.resolve(undefined) };
  };

  it.each([
    ["accepts", 1],
    ["settles", 2],
  ])("lets a wish wait for the commit that %s it, which is decided on the order as that left it", async (_what, number) => {
    await place(0);
    const orderId = orderIdFor(nameOf(1));
    const { hold, written, hear } = holdBack(number);
    await hold;
    const placing = plainRpc<OrderActorApi>(rawActor()).placeOrdersAsTexts([commandOf(1), commandOf(2)]);
    await written;
    const cancel = (operationId: string) =>
      actorOf(nameOf(1)).changeOrder({
        orderId,
        principalId: null,
        change: { kind: "cancel", operationId, reason: null },
        context,
        waitMs: 9_000,
      });
    const cancelling = Promise.all([cancel("op-1"), cancel("op-2")]);
    // A call that is answered after the wish has come.
    expect(await actorOf(nameOf(1)).getOrder({ orderId, principalId: null })).toMatchObject({ version: number });
    hear();
    const cancelled = { kind: "settled", order: { status: "cancelled" } };
    expect(await cancelling).toMatchObject([cancelled, cancelled]);
    await placing;
    const timeline = await actorOf(nameOf(1)).getTimeline({ orderId, principalId: null });
    expect(timeline?.entries.map(({ seq }) => seq)).toEqual(numbers(timeline?.entries.length ?? 0).map((index) => index + 1));
    expect(outcomeOf(await place(2))).toBe("confirmed");
  });

  /** The next turn comes when so many wait for it. It is the object's: whoever waits for a promise of the test's goes on in a turn of his own. */
  const nextTurnWith = async (waiting: number): Promise<void> => {
    let turn: PromiseWithResolvers<void> | undefined;
    const next = vi.spyOn(Turns.prototype, "next").mockImplementation(() => (turn ??= Promise.withResolvers()).promise);
    await vi.waitFor(() => expect(next).toHaveBeenCalledTimes(waiting));
    next.mockRestore();
    await runInDurableObject(rawActor(), () => turn?.resolve());
  };

  it("tells the newest version when a wish waits for the turn in which the run goes on with its next answer", async () => {
    await Promise.all([place(0), place(1)]);
    const orderId = orderIdFor(nameOf(1));
    const change = (number: number, wish: OrderChange, waitMs = 0) =>
      actorOf(nameOf(number)).changeOrder({ orderId: orderIdFor(nameOf(number)), principalId: null, change: wish, context, waitMs });
    const refund = (operationId: string) => ({ kind: "refund", operationId, amountMinor: 100, reason: "broken" }) as const;
    const release = testProvider.hold();
    for (const operationId of ["one", "two"]) await Promise.all([change(0, refund(operationId)), change(1, refund(operationId))]);
    const { hold, written, hear } = holdBack(1);
    await hold;
    release();
    // The first refunds of both are written together.
    await nextTurnWith(2);
    await written;
    const shipping = change(1, { kind: "fulfil", operationId: "ship", lines: null }, 9_000);
    await actorOf(nameOf(1)).getOrder({ orderId, principalId: null });
    hear();
    // The wish, and the second refunds.
    await nextTurnWith(3);
    expect(await shipping).toMatchObject({ kind: "settled", order: { status: "fulfilled" } });
    const told = () => testQueues.received("order-events").flatMap((body) => orderEventSchema.safeParse(body).data ?? []);
    const versions = () => told().flatMap(({ subject, data }) => (subject === orderId ? [data.order.version] : []));
    await vi.waitFor(async () => {
      const order = await actorOf(nameOf(1)).getOrder({ orderId, principalId: null });
      expect(order).toMatchObject({ payment: { refunded_minor: 200 }, version: Math.max(...versions()) });
    });
  });

  it("tells the stock of the sale of an order that is found paid as its hold ends, and is asked to be shipped in that moment", async () => {
    await place(0);
    const orderId = orderIdFor(nameOf(1));
    const soon = (number: number): PlaceOrderCommand => ({ ...commandOf(number), holdMs: 0 });
    for (const number of [1, 2]) {
      const chargeId = `${orderIdFor(nameOf(number))}:charge:1`;
      const names = { paymentId: "pay_1", orderId: orderIdFor(nameOf(number)), paymentMethod: "pm_card_visa", context };
      testProvider.captureStray({ chargeId, amountMinor: 500, currency: "EUR", tryNumber: 1, askedAtMs: null, ...names });
    }
    const { hold, written, hear } = holdBack(2);
    await hold;
    const placing = plainRpc<OrderActorApi>(rawActor()).placeOrdersAsTexts([soon(1), soon(2)]);
    await written;
    const change = { kind: "fulfil", operationId: "ship", lines: null } as const;
    const shipping = actorOf(nameOf(1)).changeOrder({ orderId, principalId: null, change, context, waitMs: 9_000 });
    await actorOf(nameOf(1)).getOrder({ orderId, principalId: null });
    hear();
    // The wish, and the voids that find the money.
    await nextTurnWith(3);
    await Promise.all([shipping, placing]);
    await vi.waitFor(async () => expect(await stock().getLevels({ sku })).toMatchObject({ onHand: 17, reserved: 0, sold: 3 }));
  });

  it("is answered as settled when the wait for it ends in between", async () => {
    await place(0);
    const { hold, written, hear } = holdBack(2);
    await hold;
    // The waits of both end when the commit is on disk, and not before.
    vi.spyOn(Deadlines.prototype, "waitFor").mockImplementation(() => written.then(() => undefined));
    const placing = runInDurableObject(rawActor(), (actor: OrderActor) =>
      Promise.all([1, 2].map((number) => actor.placeOrder(commandOf(number)))),
    );
    await written;
    const replies = await placing;
    hear();
    expect(replies).toMatchObject(Array(2).fill({ kind: "settled", replayed: false, order: { status: "confirmed" } }));
  });
});

describe("another request with the key of an order that is being accepted", () => {
  const mismatch = { kind: "mismatch", fields: ["path"] };
  const other = () => ({ name: nameOf(1), request: { method: "POST", path: "/v1/notify", body: "{}" } });
  /** In one moment, before anything of either is on disk. */
  const atOnce = (calls: (actor: OrderActor) => readonly Promise<unknown>[]) =>
    runInDurableObject(rawActor(), (actor: OrderActor) => Promise.allSettled(calls(actor)));

  it("is told that the key is the order's, and costs it nothing", async () => {
    const [placing, begun] = await atOnce((actor) => [actor.placeOrder(commandOf(1)), actor.beginRequest(other())]);
    expect(begun).toEqual({ status: "fulfilled", value: mismatch });
    expect(placing).toMatchObject({ value: { kind: "settled", replayed: false, order: { status: "confirmed" } } });
    expect(testProvider.charged).toHaveLength(1);
  });

  it("keeps the key when it came first", async () => {
    const [begun, placing] = await atOnce((actor) => [actor.beginRequest(other()), actor.placeOrder(commandOf(1))]);
    expect([begun, placing]).toMatchObject([{ value: { kind: "run" } }, { value: mismatch }]);
    expect(testProvider.charged).toHaveLength(0);
  });

  it("runs when the order could not be accepted", async () => {
    const save = vi.spyOn(OrderStore.prototype, "save").mockImplementation(() => {
      throw new Error("the disk is full");
    });
    const [placing, begun] = await atOnce((actor) => [actor.placeOrder(commandOf(1)), actor.beginRequest(other())]);
    save.mockRestore();
    expect([placing, begun]).toMatchObject([{ status: "rejected" }, { value: { kind: "run" } }]);
    expect(await place(1)).toMatchObject(mismatch);
  });
});
