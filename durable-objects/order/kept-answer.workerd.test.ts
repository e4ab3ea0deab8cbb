/** The answer that replays get: not kept while the order is as it was when it settled, and never another one after. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderChange, PlaceOrderCommand } from "../../shared/contracts/rpc.ts";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { stockActor } from "../stock/client.ts";
import type { OrderActor } from "./actor.ts";
import { orderActor } from "./client.ts";

const perOrder = { kind: "per-order" } as const;
const context = { requestId: "req-1", correlationId: "cor-1" };
let test = 0;
let name = "";
let orderId = "";
let sku = "";

const actor = () => orderActor(env.ORDER_ACTOR, name, perOrder);
const rawActor = () => env.ORDER_ACTOR.get(env.ORDER_ACTOR.idFromName(name));
const requestOf = (paymentMethod: string) => ({
  method: "POST",
  path: "/v1/orders",
  body: canonicalJson({ items: [{ sku, quantity: 2 }], payment_method: paymentMethod }),
});

function place(overrides: Partial<PlaceOrderCommand> = {}) {
  const paymentMethod = overrides.paymentMethod ?? "pm_card_visa";
  const common = {
    principalId: "alice",
    expectedTotalMinor: null,
    holdMs: 900_000,
    onDecline: "fail",
    metadata: { b: "1", a: "2" },
  } as const;
  const items = [{ sku, quantity: 2 }];
  return actor().placeOrder({
    name,
    request: requestOf(paymentMethod),
    items,
    paymentMethod,
    ...common,
    context,
    waitMs: 9_000,
    ...overrides,
  });
}

const ask = (change: OrderChange) => actor().changeOrder({ orderId, principalId: null, change, context, waitMs: 9_000 });
const cancel: OrderChange = { kind: "cancel", operationId: "cancel-1", reason: "changed my mind" };
const refund: OrderChange = { kind: "refund", operationId: "refund-1", amountMinor: 300, reason: "broken" };
const ship: OrderChange = { kind: "fulfil", operationId: "fulfil-1", lines: null };
const giveBack = (): OrderChange => ({ kind: "return", operationId: "return-1", lines: [{ sku, quantity: 1 }], reason: null });

const query = (statement: string, ...bindings: string[]) =>
  runInDurableObject(rawActor(), (_actor: OrderActor, state) => state.storage.sql.exec(statement, ...bindings).toArray());
const written = async () => (await query("SELECT reply FROM requests"))[0]?.["reply"];

beforeEach(async () => {
  testProvider.reset();
  test += 1;
  name = `a${test.toString(16).padStart(31, "0")}`;
  [orderId, sku] = [orderIdFor(name), `A-${test}`];
  const stock = stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });
  await stock.putProduct({ sku, name: `Product ${sku}`, priceMinor: 500, currency: "EUR", context });
  await stock.receive({ sku, operationId: "in", quantity: 5 });
});

describe("the answer of an order that has settled", () => {
  it.each<[string, Partial<PlaceOrderCommand>, readonly (() => OrderChange)[]]>([
    ["confirmed", {}, []],
    ["failed", { paymentMethod: "pm_card_declined" }, []],
    ["cancelled since", {}, [() => cancel]],
    ["refunded in part since", {}, [() => refund]],
    ["shipped, refunded and given back since", {}, [() => ship, () => refund, giveBack]],
  ])("%s: is the first one, letter for letter, from memory and from disk", async (_what, overrides, changes) => {
    const first = await place(overrides);
    expect(first.kind).toBe("settled");
    const replayed = JSON.stringify({ ...first, replayed: true });
    for (const change of changes) {
      expect(JSON.stringify(await place(overrides))).toBe(replayed);
      await ask(change());
    }
    expect(JSON.stringify(await place(overrides))).toBe(replayed);
    await evictDurableObject(rawActor());
    expect(JSON.stringify(await place(overrides))).toBe(replayed);
  });

  it("is written when the order changes, and not before", async () => {
    const first = await place();
    expect(await written()).toBeNull();
    await ask(ship);
    expect(first.kind === "settled" && JSON.stringify(first.order)).toBe(await written());
  });

  it("of the release before lies under its key, and stays", async () => {
    const first = await place();
    const order = first.kind === "settled" && { ...first.order, metadata: { by: "the release before" } };
    await query("UPDATE requests SET status = 200, reply = ?", JSON.stringify(order));
    await ask(ship);
    expect(await place()).toEqual({ ...first, replayed: true, order });
  });

  it("is met by the same request under another name of it, and by no other request", async () => {
    const first = await place();
    const met = await actor().beginRequest({ name, request: requestOf("pm_card_visa") });
    expect(met).toMatchObject({ kind: "replay", reply: { status: 200 } });
    expect(met.kind === "replay" && first.kind === "settled" && met.reply.body === JSON.stringify(first.order)).toBe(true);
    expect(await actor().beginRequest({ name, request: { method: "POST", path: "/v1/notify", body: "{}" } })).toMatchObject({
      kind: "mismatch",
    });
  });
});

it("an order that has not settled has no answer, and its request is running", async () => {
  const waiting = { paymentMethod: "pm_card_declined", onDecline: "wait" } as const;
  expect(await place(waiting)).toMatchObject({ kind: "accepted", replayed: false });
  expect(await place(waiting)).toMatchObject({ kind: "accepted", replayed: true });
  expect(await actor().beginRequest({ name, request: requestOf("pm_card_declined") })).toEqual({ kind: "running" });
});
