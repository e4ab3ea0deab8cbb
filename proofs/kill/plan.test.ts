import { describe, expect, it } from "vitest";
import { placeOrderBodySchema } from "../../shared/contracts/order.ts";
import { seededRandom } from "../shared/random.ts";
import { planKill, targets } from "./plan-kills.ts";
import { planNext, planShop } from "./plan-load.ts";

const skus = planShop("1");
const plans = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => planNext(random, skus));
};
const orders = plans(1, 3_000).flatMap((plan) => (plan.kind === "order" ? [plan.order] : []));

describe("planNext", () => {
  it("the same seed plans the same work", () => {
    expect(plans(5, 50)).toEqual(plans(5, 50));
  });

  it("every order is one that the shop takes, with no SKU twice", () => {
    for (const { body } of orders) {
      expect(placeOrderBodySchema.safeParse(body).success).toBe(true);
      expect(new Set(body.items.map(({ sku }) => sku)).size).toBe(body.items.length);
    }
  });

  it("every kind of card, change and duplicate is planned", () => {
    expect(new Set(orders.map(({ body }) => body.payment_method)).size).toBe(7);
    expect(new Set(orders.flatMap(({ whenConfirmed }) => whenConfirmed.map(({ kind }) => kind)))).toEqual(
      new Set(["cancel", "refund", "fulfil", "return", "pay"]),
    );
    expect(new Set(orders.flatMap(({ whileOpen }) => whileOpen.map(({ kind }) => kind)))).toEqual(new Set(["pay", "cancel"]));
    expect(new Set(orders.map(({ duplicate }) => duplicate))).toEqual(new Set(["none", "beside", "after"]));
  });

  it("what can stay open for long has a hold that ends soon", () => {
    const open = orders.filter(({ body }) => body.on_decline === "wait" || /slow|timeout$/.test(body.payment_method));
    expect(open.length).toBeGreaterThan(100);
    for (const { body } of open) expect(body.hold_seconds).toBeLessThanOrEqual(20);
  });

  it("every SKU is delivered to", () => {
    const delivered = plans(1, 3_000).flatMap((plan) => (plan.kind === "receive" ? [plan.sku] : []));
    expect(new Set(delivered)).toEqual(new Set(skus.map(({ sku }) => sku)));
  });
});

describe("planKill", () => {
  const kills = (stores: "embedded" | "servers", among: readonly (typeof targets)[number][] = targets) => {
    const random = seededRandom(2);
    return Array.from({ length: 1_000 }, () => planKill(random, { among, stores }));
  };

  it("the same seed plans the same kills", () => {
    expect(kills("servers")).toEqual(kills("servers"));
  });

  it("every target is killed in every way there is, and some while they come back", () => {
    const ways = new Set(kills("servers").map((kill) => `${kill.target} ${"how" in kill ? kill.how : ""}`.trim()));
    expect(ways).toEqual(
      new Set([
        ...["workerd objects", "workerd front", "workerd consumers", "cloud tree", "cloud parent"],
        ...["redis endpoint", "redis server", "postgres endpoint", "postgres server", "postgres backend"],
      ]),
    );
    expect(kills("servers").some((kill) => kill.target === "workerd" && kill.againAfterMs !== null)).toBe(true);
    expect(kills("servers").some((kill) => kill.target === "cloud" && kill.againAfterMs !== null)).toBe(true);
  });

  it("without servers of its own only their endpoints go away by themselves", () => {
    const ways = kills("embedded").flatMap((kill) => ("downMs" in kill ? [kill.how] : []));
    expect(new Set(ways)).toEqual(new Set(["endpoint"]));
    expect(kills("embedded").some((kill) => kill.target === "cloud" && kill.withServers)).toBe(false);
  });

  it("only what may be killed is", () => {
    expect(new Set(kills("servers", ["redis"]).map(({ target }) => target))).toEqual(new Set(["redis"]));
  });
});
