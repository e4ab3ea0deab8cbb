/** What became of the orders of a run: how many of each SKU are confirmed, how fast those of the window were, what the others were told. */
import type { AnswerBatch } from "../load/load-plan.ts";
import type { RunningSystem } from "../system.ts";
import type { SkuOrders } from "./check-ledger.ts";

export class OrderTally {
  /** Of the confirmed orders that count, ms. */
  readonly latenciesMs: number[] = [];
  /** Orders that count and were not confirmed. */
  unconfirmed = 0;
  /** The first answer that was not a confirmation, of any order. */
  example: string | undefined;
  /** By SKU, of the whole run. */
  readonly orders: { confirmed: number; unconfirmed: number }[];
  readonly #isConfirmed: RunningSystem["isConfirmed"];

  constructor(skus: number, isConfirmed: RunningSystem["isConfirmed"]) {
    this.orders = Array.from({ length: skus }, () => ({ confirmed: 0, unconfirmed: 0 }));
    this.#isConfirmed = isConfirmed;
  }

  add({ skus, statuses, bodies, latenciesMs, counted }: AnswerBatch): void {
    for (const [index, sku] of skus.entries()) {
      const [status = 0, body = ""] = [statuses[index], bodies[index]];
      const isConfirmed = this.#isConfirmed(status, body);
      const orders = this.orders[sku];
      if (orders === undefined) throw new Error(`An order of SKU-${sku}, which is not sold here`);
      orders[isConfirmed ? "confirmed" : "unconfirmed"] += 1;
      if (!isConfirmed) this.example ??= `${status} ${body.slice(0, 300)}`;
      if (counted[index] !== true) continue;
      if (isConfirmed) this.latenciesMs.push(latenciesMs[index] ?? Number.NaN);
      else this.unconfirmed += 1;
    }
  }
}

/** All orders since a system's start, over several runs. */
export function addOrders(total: SkuOrders[], orders: readonly SkuOrders[]): void {
  for (const [sku, { confirmed, unconfirmed }] of orders.entries()) {
    const before = total[sku] ?? { confirmed: 0, unconfirmed: 0 };
    total[sku] = { confirmed: before.confirmed + confirmed, unconfirmed: before.unconfirmed + unconfirmed };
  }
}

export const confirmedIn = (orders: readonly SkuOrders[]): number => orders.reduce((sum, { confirmed }) => sum + confirmed, 0);
