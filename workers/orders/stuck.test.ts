import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { OrderAudit, StockAudit } from "../../shared/contracts/audited.ts";
import type { ChangeOrderReply, ResolveStuckCommand } from "../../shared/contracts/rpc.ts";
import { createTestDatabase, type TestDatabase } from "../../shared/db/testing/test-database.ts";
import { resolveStuck, type ResolveDependencies } from "./stuck.ts";
import { createAuditWorld, worldOrderId, worldStartMs, type AuditWorld, type Life } from "./testing/audit-world.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
beforeEach(async () => {
  database.fail(null);
  await database.pglite.exec("truncate ops.interventions");
});
afterAll(() => database.close());

const orderId = worldOrderId(1);
const settled = { kind: "settled", refund: null } as unknown as ChangeOrderReply;
const context = { requestId: "request-1", correlationId: "correlation-1" };

/** A shop with one order that has lived that life, and whoever an intervention may call. */
function setUp(life: Life, spoil: (world: AuditWorld) => void = () => undefined) {
  const world = createAuditWorld({ skus: ["A", "B"] });
  world.place(1, life);
  world.finish();
  spoil(world);
  const calls = {
    changeOrder: vi.fn<ReturnType<ResolveDependencies["orderActor"]>["changeOrder"]>(() => Promise.resolve(settled)),
    wake: vi.fn<ReturnType<ResolveDependencies["orderActor"]>["wake"]>(() => Promise.resolve()),
    release: vi.fn<ReturnType<ResolveDependencies["stockActor"]>["release"]>(({ sku, reservationId }) => {
      const holds = world.holds.get(sku);
      const hold = holds?.get(`order/${reservationId}`);
      if (hold !== undefined) holds?.set(`order/${reservationId}`, { ...hold, state: "released" });
      return Promise.resolve({ ok: true, levels: {} as StockAudit["levels"] });
    }),
    commit: vi.fn<ReturnType<ResolveDependencies["stockActor"]>["commit"]>(() => Promise.resolve()),
    refund: vi.fn<ResolveDependencies["payment"]["refund"]>(() => Promise.resolve({ ok: true, reference: "re_1" })),
  };
  const dependencies: ResolveDependencies = {
    reader: world.reader,
    db: database.db,
    orderActor: () => calls,
    stockActor: () => calls,
    payment: calls,
    now: () => world.nowMs,
    sleep: () => Promise.resolve(),
  };
  const resolve = (id: string, action: ResolveStuckCommand["action"], operationId = "operation-1") =>
    resolveStuck(dependencies, { id, action, operationId, principalId: "ops", context, waitMs: 1_000 });
  return { world, calls, resolve };
}

const change = (changes: Partial<OrderAudit>) => (world: AuditWorld) => {
  const order = world.orders.get(orderId);
  if (order !== undefined) world.orders.set(orderId, { ...order, ...changes });
};
const holdLine = (world: AuditWorld) => {
  const sku = world.orders.get(orderId)?.lines[0]?.sku ?? "";
  const holds = world.holds.get(sku);
  const hold = holds?.get(`order/${orderId}:1`);
  if (hold !== undefined) holds?.set(`order/${orderId}:1`, { ...hold, state: "held" });
};
const charge = (world: AuditWorld) =>
  world.captures.push({
    orderId,
    chargeId: `${orderId}:charge:1`,
    reference: "pi_1",
    capturedMinor: 400,
    refundedMinor: 0,
    currency: "EUR",
    createdAtMs: worldStartMs,
  });

const deadHold = `dead_hold~B~${orderId}:1`;
const strayMoney = `charged_without_order~${orderId}~pi_1~${worldStartMs}`;
const keptMoney = `captured_but_cancelled~${orderId}`;
const overdue = `overdue_alarm~${orderId}`;

const recorded = async () =>
  (
    await database.pglite.query(
      "select id, principal_id, action, item_id, outcome, detail, request_id, ended_at is not null as ended from ops.interventions",
    )
  ).rows;
const nothingDone = ({ calls }: ReturnType<typeof setUp>): void => {
  for (const call of Object.values(calls)) expect(call).not.toHaveBeenCalled();
};

describe("resolveStuck", () => {
  test("releases the hold of an order that failed, in the order's name, and records who did it", async () => {
    const { calls, resolve } = setUp("declined", holdLine);
    const reply = await resolve(deadHold, "release");
    expect(reply).toMatchObject({
      ok: true,
      intervention: { action: "release", outcome: "done", item: { id: deadHold, kind: "dead_hold", sku: "B" } },
    });
    expect(calls.release).toHaveBeenCalledExactlyOnceWith({ sku: "B", reservationId: `${orderId}:1`, owner: "order", quantity: 2 });
    const row = { id: "operation-1", principal_id: "ops", action: "release", item_id: deadHold, outcome: "done", detail: null };
    expect(await recorded()).toEqual([{ ...row, request_id: "request-1", ended: true }]);
  });

  test.each([
    ["release", "declined"],
    ["finish", "sold"],
  ] as const)("%s goes to the object of a split SKU that keeps the hold", async (action, kind) => {
    const { world, calls, resolve } = setUp(kind, holdLine);
    const holds = world.holds.get("B");
    for (const [key, hold] of holds ?? []) holds?.set(key, { ...hold, shard: 3 });
    await resolve(deadHold, action);
    const call = action === "release" ? calls.release : calls.commit;
    expect(call.mock.calls.map(([command]) => command.sku)).toEqual(["B/3"]);
  });

  test("releases the hold of an order that does not exist", async () => {
    const { calls, resolve } = setUp("declined", (world) => {
      holdLine(world);
      world.orders.clear();
    });
    expect(await resolve(deadHold, "release")).toMatchObject({ ok: true, intervention: { outcome: "done" } });
    expect(calls.release).toHaveBeenCalledOnce();
  });

  test("turns the hold of a sale into a sale, and does not release it", async () => {
    const { calls, resolve } = setUp("sold", holdLine);
    expect(await resolve(deadHold, "release")).toEqual({ ok: false, code: "wrong_action", actions: ["finish"] });
    expect(await resolve(deadHold, "finish")).toMatchObject({ ok: true, intervention: { outcome: "done" } });
    expect(calls.commit).toHaveBeenCalledExactlyOnceWith({ sku: "B", reservationId: `${orderId}:1` });
    expect(calls.release).not.toHaveBeenCalled();
  });

  test("takes an overdue order up at once", async () => {
    const { calls, resolve } = setUp("sold", change({ settled: false, nextAtMs: null }));
    expect(await resolve(overdue, "finish")).toMatchObject({ ok: true, intervention: { outcome: "under_way" } });
    expect(calls.wake).toHaveBeenCalledExactlyOnceWith({ orderId, now: true });
  });

  test("gives money back that a failed order does not know of, through the order", async () => {
    const { calls, resolve } = setUp("declined", charge);
    expect(await resolve(strayMoney, "void")).toMatchObject({
      ok: true,
      intervention: { outcome: "done", item: { amount_minor: 400, currency: "EUR" } },
    });
    const wish = { kind: "refund_stray", operationId: "operation-1", reference: "pi_1", amountMinor: 400 };
    expect(calls.changeOrder).toHaveBeenCalledExactlyOnceWith({ orderId, principalId: null, change: wish, context, waitMs: 1_000 });
  });

  test.each([
    ["that does not exist", "declined", (world: AuditWorld) => world.orders.clear()],
    ["that was paid with another charge", "sold", () => undefined],
  ] as const)("gives money of an order %s back at the provider itself, under an id of its own", async (_what, life, more) => {
    const { calls, resolve } = setUp(life, (world) => {
      charge(world);
      more(world);
    });
    expect(await resolve(strayMoney, "void")).toMatchObject({
      ok: true,
      intervention: { outcome: "done", detail: "The provider calls it re_1." },
    });
    const refund = {
      refundId: `${orderId}:refund:stray:pi_1`,
      chargeId: `${orderId}:charge:1`,
      reference: "pi_1",
      amountMinor: 400,
      currency: "EUR",
    };
    expect(calls.refund).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(refund));
    expect(calls.changeOrder).not.toHaveBeenCalled();
  });

  const kept = change({
    payment: { status: "captured", method: "m", chargeId: "c", reference: "pi_1", capturedMinor: 400, refundedMinor: 100 },
  });

  test.each([
    ["done", settled],
    ["under_way", { kind: "working" } as ChangeOrderReply],
    ["refused", { kind: "settled", refund: { status: "refused", detail: "too late" } } as ChangeOrderReply],
    ["refused", { kind: "refused", code: "refund_too_large", detail: "no" } as ChangeOrderReply],
  ])("asks an order that keeps money for all that is left, and says %s", async (outcome, reply) => {
    const { calls, resolve } = setUp("cancelled", kept);
    calls.changeOrder.mockResolvedValueOnce(reply);
    expect(await resolve(keptMoney, "void")).toMatchObject({ ok: true, intervention: { outcome } });
    expect(calls.changeOrder.mock.calls[0]?.[0].change).toMatchObject({ kind: "refund", operationId: "operation-1", amountMinor: null });
    expect(await recorded()).toMatchObject([{ outcome, ended: true }]);
  });

  test.each([
    ["a hold that was released", "declined", deadHold, "release"],
    [
      "a hold of an order that is under way again",
      "declined",
      deadHold,
      "release",
      (world: AuditWorld) => {
        holdLine(world);
        change({ settled: false, nextAtMs: worldStartMs })(world);
      },
    ],
    [
      "money that was given back",
      "declined",
      strayMoney,
      "void",
      (world: AuditWorld) =>
        world.captures.push({
          orderId,
          chargeId: "c",
          reference: "pi_1",
          capturedMinor: 4,
          refundedMinor: 4,
          currency: "EUR",
          createdAtMs: worldStartMs,
        }),
    ],
    ["money that its order counts", "sold", `charged_without_order~${orderId}~pi_${orderId}~${worldStartMs}`, "void"],
    ["an order that was refunded", "cancelled_after_sale", keptMoney, "void"],
    ["an order whose alarm is to come", "sold", overdue, "finish", change({ settled: false, nextAtMs: worldStartMs + 1 })],
    ["an order that does not exist", "sold", overdue, "finish", (world: AuditWorld) => world.orders.clear()],
  ] as const)("does nothing about %s", async (...[, life, id, action, spoil]) => {
    const shop = setUp(life, spoil);
    expect(await shop.resolve(id, action)).toEqual({ ok: false, code: "not_stuck" });
    nothingDone(shop);
    expect(await recorded()).toEqual([]);
  });

  test("does nothing about what stops being stuck between two looks", async () => {
    const shop = setUp("declined", holdLine);
    shop.world.beforeRead = () => {
      if (shop.world.reads.count === 3)
        shop.calls.release({ sku: "B", reservationId: `${orderId}:1`, owner: "order", quantity: 2 }).catch(() => undefined);
    };
    expect(await shop.resolve(deadHold, "release")).toEqual({ ok: false, code: "not_stuck" });
    expect(shop.calls.release).toHaveBeenCalledOnce();
  });

  test("does nothing for an id that it has not given out", async () => {
    const shop = setUp("sold");
    expect(await shop.resolve("dead_hold~B", "release")).toEqual({ ok: false, code: "not_found" });
    nothingDone(shop);
  });

  test("does nothing that it cannot record", async () => {
    const shop = setUp("declined", holdLine);
    database.fail(new TypeError("fetch failed"));
    await expect(shop.resolve(deadHold, "release")).rejects.toThrow();
    nothingDone(shop);
  });

  test("a run that was cut off after the deed is found by its row, and another command is not taken for it", async () => {
    const { calls, resolve } = setUp("declined", holdLine);
    const release = calls.release.getMockImplementation();
    calls.release.mockImplementationOnce(async (command) => {
      await release?.(command);
      throw new Error("the answer was lost");
    });
    await expect(resolve(deadHold, "release")).rejects.toThrow("the answer was lost");
    expect(await recorded()).toMatchObject([{ outcome: "started", ended: false }]);
    expect(await resolve(deadHold, "release", "operation-2")).toEqual({ ok: false, code: "not_stuck" });
    expect(await resolve(deadHold, "release")).toMatchObject({ ok: true, intervention: { outcome: "done", item: { id: deadHold } } });
    expect(await recorded()).toMatchObject([{ outcome: "done", ended: true }]);
    expect(calls.release).toHaveBeenCalledOnce();
  });
});
