/** What happens in a seed's shop, without its faults. */
import type { OrderChange } from "../../shared/contracts/rpc.ts";
import type { Random } from "../shared/random.ts";
import type { OrderPlan, WishPlan } from "./client.ts";
import type { SimulationPlan } from "./simulation.ts";

/** Scarce stock, so that orders are refused for units that others give back a moment later; and sometimes a burst. */
export function randomPlan(random: Random): SimulationPlan {
  return random.chance(0.25) ? burst(random) : ordinaryDay(random);
}

/**
 * Orders of one moment, of which several things are wanted at once, some in the very moments in which they are written: what comes while
 * a commit that orders share is on its way must be decided as if it had come before or after it.
 */
function burst(random: Random): SimulationPlan {
  const holdMs = random.pick([900_000, 20_000, 4_000]);
  const wishes = random.chance(0.6) ? refundsAndMore : manyWishes;
  const orders = Array.from({ length: random.between(2, 4) }, (_, index): OrderPlan => {
    const order = randomOrder(random, index);
    const paymentMethod = random.chance(0.8) ? "pm_card_visa" : order.paymentMethod;
    const changes = wishes(random, { index, items: order.items });
    return { ...order, paymentMethod, holdMs, placedAtMs: 1_000, leaves: false, atOnce: true, changes };
  });
  const units = { A: random.between(3, 10), B: random.between(3, 10) };
  return { ...ordinaryDay(random), units, orders, busyMs: random.pick([40, 120]), weather: 0.25 };
}

type BurstOrder = Omit<WishOptions, "number">;

const manyWishes = (random: Random, order: BurstOrder): readonly WishPlan[] =>
  Array.from({ length: random.between(2, 4) }, (_, number) => burstWish(random, { ...order, number }));

/** Several refunds, and something else in the moment in which one of their answers is written, before that of the last. */
function refundsAndMore(random: Random, order: BurstOrder): readonly WishPlan[] {
  const count = random.between(2, 3);
  const refunds = Array.from({ length: count }, (_, number): WishPlan => {
    return { afterMs: 0, early: false, change: smallRefund(random, `op-${order.index}-${number}`) };
  });
  // The first is its acceptance, then come its end, the requests, and their answers.
  const atVersion = 2 + count + random.between(1, count);
  return [...refunds, { ...burstWish(random, { ...order, number: count }), atVersion, afterMs: 8_000, early: true }];
}

/** One order can be given back several of them. */
const smallRefund = (random: Random, operationId: string): OrderChange => {
  return { kind: "refund", operationId, amountMinor: random.between(1, 100), reason: "broken" };
};

interface WishOptions {
  /** Of the order, and of its wish. */
  readonly index: number;
  readonly number: number;
  readonly items: OrderPlan["items"];
}

function burstWish(random: Random, { index, number, items }: WishOptions): WishPlan {
  const operationId = `op-${index}-${number}`;
  const kinds = { cancel: 3, pay: 1, refund: 3, fulfil: 5, return: 1 };
  const change = randomChange(random, { operationId, items, kinds });
  const wanted = change.kind === "refund" ? smallRefund(random, operationId) : change;
  if (random.chance(0.5)) return { afterMs: 0, early: false, change: wanted };
  return { afterMs: random.next() * 8_000, atVersion: random.between(1, 6), early: true, change: wanted };
}

function ordinaryDay(random: Random): SimulationPlan {
  // A rush: more orders, and all of them at the gateway in the same moments.
  const isRush = random.chance(0.2);
  const orders = Array.from({ length: isRush ? random.between(4, 5) : random.between(1, 4) }, (_, index) => randomOrder(random, index));
  const refusing = orders.filter(() => random.chance(0.1)).map(({ name }) => `ord_${name}`);
  return {
    units: { A: random.between(1, 6), B: random.between(1, 6) },
    orders,
    refusesRefunds: refusing,
    faultsLastMs: random.between(10, 60) * 1_000,
    fresh: random.chance(0.1),
    busyMs: random.pick([0, 0, 10, 40]),
    ...(isRush && { doorMs: 2_000 }),
    ...randomSplit(random),
  };
}

/** Half of the shops spread their SKUs, over other numbers of objects as time goes on; some have enough for shards to keep a share. */
function randomSplit(random: Random): Partial<Pick<SimulationPlan, "units" | "shards" | "prices">> {
  if (random.chance(0.5)) return {};
  const skus = random.chance(0.5) ? ["A"] : ["A", "B"];
  const first = skus.map((sku) => ({ atMs: 0, sku, shards: random.pick([2, 4]) }));
  const later = Array.from({ length: random.between(0, 3) }, (_, index) => ({
    atMs: (index + 1) * random.between(1_000, 5_000),
    sku: random.pick(skus),
    shards: random.pick([1, 2, 4]),
  }));
  const prices = random.chance(0.5) ? [{ atMs: random.between(500, 10_000), sku: "A", priceMinor: 600 }] : [];
  const units = random.chance(0.4) ? { units: { A: random.between(10, 30), B: random.between(10, 30) } } : {};
  return { shards: [...first, ...later], prices, ...units };
}

function randomOrder(random: Random, index: number): OrderPlan {
  const both = ["A", "B"].map((sku) => ({ sku, quantity: random.between(1, 2) }));
  const name = index.toString(16).padStart(32, "0");
  const items = random.chance(0.5) ? both : both.slice(0, 1);
  const onDecline = random.chance(0.5) ? "fail" : "wait";
  const paymentMethod = random.chance(onDecline === "wait" ? 0.3 : 0.7) ? "pm_card_visa" : "pm_card_declined";
  const another = {
    kind: "pay",
    operationId: `op-${index}-pay`,
    paymentMethod: random.pick(["pm_card_visa", "pm_card_declined"]),
  } as const;
  const leaves = random.chance(0.15);
  const sentId = random.chance(0.2) ? { sentId: `sent-${index}` } : {};
  const early = onDecline === "wait" && random.chance(0.7) ? [{ afterMs: random.next() * 20_000, early: true, change: another }] : [];
  return {
    name,
    items,
    paymentMethod,
    onDecline,
    // Holds that end in good time, and some that end while everything is failing.
    holdMs: random.chance(0.5) ? 900_000 : random.between(1, 60) * 1_000,
    // Many at one moment: what orders ask for together goes as one call and one commit.
    placedAtMs: random.chance(0.6) ? 1_000 : random.next() * 10_000,
    leaves,
    ...sentId,
    atOnce: random.chance(0.5),
    changes: leaves
      ? []
      : [...early, ...Array.from({ length: random.between(0, 3) }, (_, number) => randomWish(random, { index, number, items }))],
  };
}

function randomWish(random: Random, { index, number, items }: WishOptions): WishPlan {
  const kinds = { cancel: 3, pay: 1, refund: 3, fulfil: 5, return: 3 };
  const change = randomChange(random, { operationId: `op-${index}-${number}`, items, kinds });
  // Customers change their minds at any time; what shops do comes after the sale.
  return { afterMs: random.next() * 8_000, early: change.kind === "cancel" ? random.chance(0.6) : random.chance(0.1), change };
}

interface ChangeOptions {
  readonly operationId: string;
  readonly items: OrderPlan["items"];
  /** How often which is wanted, beside the others. */
  readonly kinds: Readonly<Record<Exclude<OrderChange["kind"], "refund_stray">, number>>;
}

function randomChange(random: Random, { operationId, items, kinds }: ChangeOptions): OrderChange {
  const one = items.slice(0, 1).map(({ sku }) => ({ sku, quantity: 1 }));
  const all = items.map((item) => ({ ...item }));
  const kind = random.weighted(kinds);
  switch (kind) {
    case "cancel":
      return { kind, operationId, reason: null };
    case "pay":
      return { kind, operationId, paymentMethod: random.chance(0.7) ? "pm_card_visa" : "pm_card_declined" };
    case "refund":
      return { kind, operationId, amountMinor: random.chance(0.5) ? null : random.between(1, 700), reason: "broken" };
    case "fulfil":
      return { kind, operationId, lines: random.pick([null, one, all]) };
    case "return":
      return { kind, operationId, lines: random.pick([one, all]), reason: null };
  }
}
