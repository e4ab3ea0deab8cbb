/** Orders of a split SKU: which object holds for them, from their acceptance to their end. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalJson } from "../../shared/platform/canonical-json.ts";
import { orderIdFor } from "../../shared/platform/ids.ts";
import { testProvider } from "../../shared/testing/test-payment.ts";
import { stockActor } from "../stock/client.ts";
import { orderActor } from "./client.ts";
import { forgetShards, learnShards } from "./shard-hints.ts";

const context = { requestId: "req-1", correlationId: "cor-1" };
let test = 0;
let sku = "";

const stock = () => stockActor(env.STOCK_ACTOR, sku, { kind: "per-sku" });
/** Its order's id ends in `number`, so the order goes to the shard of that number when there are more than it. */
const nameOf = (number: number) => `d${test.toString(16).padStart(30, "0")}${number.toString(16)}`;
const actor = (number: number) => orderActor(env.ORDER_ACTOR, nameOf(number), { kind: "per-order" });

function place(number: number, quantity = 1) {
  const [items, paymentMethod] = [[{ sku, quantity }], "pm_card_visa"];
  const request = { method: "POST", path: "/v1/orders", body: canonicalJson({ items, payment_method: paymentMethod }) };
  const common = { principalId: "alice", expectedTotalMinor: null, holdMs: 900_000, onDecline: "fail", metadata: {} } as const;
  return actor(number).placeOrder({ name: nameOf(number), request, items, paymentMethod, ...common, context, waitMs: 9_000 });
}

const cancel = (number: number) => {
  const change = { kind: "cancel", operationId: `cancel-${number}`, reason: null } as const;
  return actor(number).changeOrder({ orderId: orderIdFor(nameOf(number)), principalId: "alice", change, context, waitMs: 9_000 });
};

/** Of each order's hold: which object has it, its state, and what came back. */
const holds = async () => {
  const audit = await stock().auditStock({ sku, after: null });
  return (audit?.holds ?? []).map(({ reservationId, shard, state, returned }) => [
    // `...9:1` is the line of the order 9.
    Number.parseInt(reservationId.slice(-3, -2), 16),
    shard,
    state,
    returned,
  ]);
};

beforeEach(async () => {
  testProvider.reset();
  test += 1;
  sku = `D-${test}`;
  await stock().putProduct({ sku, name: `Product ${sku}`, priceMinor: 500, currency: "EUR", context });
  await stock().receive({ sku, operationId: "in", quantity: 100 });
  await stock().setShards({ sku, shards: 4 });
});
afterEach(() => forgetShards());

describe("an order of a split SKU", () => {
  it("goes to the root until its isolate has heard of the shards, and then to the shard of its id", async () => {
    await place(1);
    await Promise.all([place(2), place(3), place(4)]);
    await expect.poll(holds).toEqual([
      [1, 0, "committed", 0],
      [2, 2, "committed", 0],
      [3, 3, "committed", 0],
      [4, 0, "committed", 0],
    ]);
  });

  it("keeps its shard through a crash and whatever it is spread over by then: its stock goes back to where it was held", async () => {
    learnShards(sku, 4);
    await place(3, 2);
    await expect.poll(holds).toEqual([[3, 3, "committed", 0]]);
    await stock().setShards({ sku, shards: 1 });
    forgetShards();
    await abortAllDurableObjects();
    expect(await cancel(3)).toMatchObject({ kind: "settled", order: { status: "cancelled" } });
    expect(await holds()).toEqual([[3, 3, "committed", 2]]);
    expect(await stock().getLevels({ sku })).toMatchObject({ sold: 0, reserved: 0, available: 100, shards: 1 });
  });

  it("is served by a shard that there is none of any more, when what its isolate has heard is old", async () => {
    await stock().setShards({ sku, shards: 2 });
    learnShards(sku, 16);
    expect(await place(9)).toMatchObject({ kind: "settled", order: { status: "confirmed" } });
    await expect.poll(holds).toEqual([[9, 9, "committed", 0]]);
    // The answer said better.
    await place(5);
    await expect.poll(async () => (await holds()).map(([, shard]) => shard)).toEqual([1, 9]);
  });
});
