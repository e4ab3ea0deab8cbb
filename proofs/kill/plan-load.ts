/** What the clients do, drawn from a seed before anything is sent. Pure: the same seed plans the same shop and the same orders. */
import type { Random } from "../shared/random.ts";

export interface PlannedSku {
  readonly sku: string;
  readonly priceMinor: number;
  /** Units delivered before the first order. */
  readonly stock: number;
  /** Units of each later delivery: a scarce SKU runs out between them. */
  readonly delivery: { readonly min: number; readonly max: number };
}

/** A handful of SKUs, half of them scarce. `run` keeps the SKUs of runs on one state directory apart. */
export function planShop(run: string): readonly PlannedSku[] {
  const plenty = [500, 1_999, 12_000].map((priceMinor, index) => ({
    sku: `KILL-${run}-P${index + 1}`,
    priceMinor,
    stock: 2_000,
    delivery: { min: 100, max: 400 },
  }));
  const scarce = [750, 3_333, 9_900].map((priceMinor, index) => ({
    sku: `KILL-${run}-S${index + 1}`,
    priceMinor,
    stock: 5,
    delivery: { min: 1, max: 6 },
  }));
  return [...plenty, ...scarce];
}

/** What is asked of an order once it is confirmed. Amounts and quantities follow from the order. */
export type PlannedChange =
  | { readonly kind: "cancel" }
  /** `share` of the total; above 1 it must be refused; null: all that is left. */
  | { readonly kind: "refund"; readonly share: number | null }
  /** All that is left, or one unit of one line. */
  | { readonly kind: "fulfil"; readonly whole: boolean }
  | { readonly kind: "return"; readonly whole: boolean }
  /** Of an order that waits for another card; of others it must be refused. */
  | { readonly kind: "pay"; readonly paymentMethod: string };

export interface OrderPlan {
  readonly body: {
    readonly items: readonly { readonly sku: string; readonly quantity: number }[];
    readonly payment_method: string;
    readonly on_decline?: "wait";
    readonly hold_seconds?: number;
    readonly metadata: Readonly<Record<string, string>>;
  };
  /** The same request again: beside the first one, or after its answer. */
  readonly duplicate: "none" | "beside" | "after";
  readonly whenConfirmed: readonly PlannedChange[];
  /** While the order waits for another card, or a charge is under way. */
  readonly whileOpen: readonly PlannedChange[];
}

export type Plan =
  { readonly kind: "order"; readonly order: OrderPlan } | { readonly kind: "receive"; readonly sku: string; readonly quantity: number };

/** A client's next piece of work. */
export function planNext(random: Random, skus: readonly PlannedSku[]): Plan {
  if (!random.chance(0.06)) return { kind: "order", order: planOrder(random, skus) };
  const { sku, delivery } = random.pick(skus);
  return { kind: "receive", sku, quantity: random.between(delivery.min, delivery.max) };
}

function planOrder(random: Random, skus: readonly PlannedSku[]): OrderPlan {
  const method = random.weighted(methods);
  const waits = method === "pm_card_declined" && random.chance(0.6);
  return {
    body: {
      items: planItems(random, skus),
      payment_method: method,
      ...(waits && { on_decline: "wait" as const }),
      // Short enough to end in the run, and sometimes under a charge that takes 5 s.
      ...((waits || method === "pm_card_slow" || method === "pm_card_timeout") && { hold_seconds: random.between(2, 20) }),
      metadata: { plan: String(random.between(0, 2 ** 31)) },
    },
    duplicate: random.weighted({ none: 80, beside: 10, after: 10 }),
    whenConfirmed: planAfterSale(random),
    whileOpen: planWhileOpen(random, waits),
  };
}

/** The slow ones are rare: a client that waits for one kills no time, but its order is open for long. */
const methods = {
  pm_card_visa: 70,
  pm_card_declined: 12,
  pm_card_flaky: 8,
  pm_card_insufficient_funds: 3,
  pm_card_timeout_captured: 3,
  pm_card_slow: 3,
  pm_card_timeout: 1,
} as const;

function planItems(random: Random, skus: readonly PlannedSku[]): OrderPlan["body"]["items"] {
  const lines = Number(random.weighted({ "1": 60, "2": 30, "3": 10 }));
  const wanted = new Set(Array.from({ length: lines }, () => random.pick(skus).sku));
  return [...wanted].map((sku) => ({ sku, quantity: random.between(1, 3) }));
}

function planAfterSale(random: Random): readonly PlannedChange[] {
  const partly = (): PlannedChange => ({ kind: "refund", share: random.between(5, 60) / 100 });
  switch (random.weighted({ nothing: 40, cancel: 15, refund: 12, overRefund: 3, ship: 18, shipInPart: 8, pay: 4 })) {
    case "nothing":
      return [];
    case "cancel":
      return random.chance(0.3) ? [partly(), { kind: "cancel" }] : [{ kind: "cancel" }];
    case "refund":
      return random.chance(0.5) ? [partly(), partly()] : [{ kind: "refund", share: null }, { kind: "cancel" }];
    case "overRefund":
      return [partly(), { kind: "refund", share: 1.5 }];
    case "ship":
      return [{ kind: "fulfil", whole: true }, { kind: "return", whole: random.chance(0.5) }, partly(), { kind: "cancel" }];
    case "shipInPart":
      return [
        { kind: "fulfil", whole: false },
        { kind: "fulfil", whole: true },
        { kind: "return", whole: false },
      ];
    case "pay":
      return [{ kind: "pay", paymentMethod: "pm_card_visa" }];
  }
}

function planWhileOpen(random: Random, waits: boolean): readonly PlannedChange[] {
  if (!waits) return random.chance(0.15) ? [{ kind: "cancel" }] : [];
  const pay = (paymentMethod: string): PlannedChange => ({ kind: "pay", paymentMethod });
  switch (random.weighted({ lapse: 25, pay: 40, payTwice: 20, cancel: 15 })) {
    case "lapse":
      return [];
    case "pay":
      return [pay(random.pick(["pm_card_visa", "pm_card_flaky", "pm_card_timeout_captured"]))];
    case "payTwice":
      return [pay("pm_card_insufficient_funds"), pay("pm_card_visa")];
    case "cancel":
      return [{ kind: "cancel" }];
  }
}
