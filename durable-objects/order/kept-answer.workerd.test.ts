/** The answer that replays get: not kept while the order is as it was when it settled, and never another one after. */
import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderChange, PlaceOrderCommand } from "../../shared/contracts/rpc.ts";
import { OwnOrder } from "../../shared/testing/own-order.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";

let own: OwnOrder;

const place = (overrides: Partial<PlaceOrderCommand> = {}) => own.place({ metadata: { b: "1", a: "2" }, ...overrides });
const cancel: OrderChange = { kind: "cancel", operationId: "cancel-1", reason: "changed my mind" };
const refund: OrderChange = { kind: "refund", operationId: "refund-1", amountMinor: 300, reason: "broken" };
const ship: OrderChange = { kind: "fulfil", operationId: "fulfil-1", lines: null };
const giveBack = (): OrderChange => ({ kind: "return", operationId: "return-1", lines: [{ sku: own.sku, quantity: 1 }], reason: null });

const written = async () => (await own.query("SELECT reply FROM requests"))[0]?.["reply"];

beforeEach(async () => {
  testProvider.reset();
  own = await OwnOrder.make();
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
      await own.change(change());
    }
    expect(JSON.stringify(await place(overrides))).toBe(replayed);
    await evictDurableObject(own.rawActor());
    expect(JSON.stringify(await place(overrides))).toBe(replayed);
  });

  it("is written when the order changes, and not before", async () => {
    const first = await place();
    expect(await written()).toBeNull();
    await own.change(ship);
    expect(first.kind === "settled" && JSON.stringify(first.order)).toBe(await written());
  });

  it("of the release before lies under its key, and stays", async () => {
    const first = await place();
    const order = first.kind === "settled" && { ...first.order, metadata: { by: "the release before" } };
    await own.query("UPDATE requests SET status = 200, reply = ?", JSON.stringify(order));
    await own.change(ship);
    expect(await place()).toEqual({ ...first, replayed: true, order });
  });

  it("is met by the same request under another name of it, and by no other request", async () => {
    const first = await place();
    const met = await own.actor().beginRequest({ name: own.name, request: own.request("pm_card_visa") });
    expect(met).toMatchObject({ kind: "replay", reply: { status: 200 } });
    expect(met.kind === "replay" && first.kind === "settled" && met.reply.body === JSON.stringify(first.order)).toBe(true);
    expect(await own.actor().beginRequest({ name: own.name, request: { method: "POST", path: "/v1/notify", body: "{}" } })).toMatchObject({
      kind: "mismatch",
    });
  });
});

it("an order that has not settled has no answer, and its request is running", async () => {
  const waiting = { paymentMethod: "pm_card_declined", onDecline: "wait" } as const;
  expect(await place(waiting)).toMatchObject({ kind: "accepted", replayed: false });
  expect(await place(waiting)).toMatchObject({ kind: "accepted", replayed: true });
  expect(await own.actor().beginRequest({ name: own.name, request: own.request("pm_card_declined") })).toEqual({ kind: "running" });
});
