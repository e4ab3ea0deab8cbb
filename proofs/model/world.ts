/** The world as the pure saga sees it: stock actors and a provider that do their work, and lose their answers. */
import type { ChargeResult, LookUpResult, RefundResult, VoidResult } from "../../shared/domain/order/decide-payment.ts";
import type { ReservationResult } from "../../shared/domain/order/events.ts";

export type Card = "captured" | "declined" | "unknown_payment_method";

export interface Shop {
  /** Units in the warehouse; -1: the SKU is not known. */
  readonly stock: Readonly<Record<"A" | "B", number>>;
  /** What becomes of the first card, and of those after it. */
  readonly cards: readonly [Card, Card];
  readonly refusesRefunds: boolean;
}

type Hold = "held" | "released" | "sold";

export class World {
  readonly holds = new Map<string, Hold>();
  /** Units of sold lines that came back, by operation and SKU. */
  readonly restocked = new Map<string, number>();
  /** Minor units, by the charge's and the refund's number. */
  readonly captures = new Map<number, number>();
  readonly refunds = new Map<number, number>();
  readonly #voided = new Set<number>();
  readonly #declined = new Set<number>();
  readonly #shop: Shop;

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  reserve(sku: string, quantity: number): ReservationResult {
    const hold = this.holds.get(sku);
    if (hold === "released") return { sku, kind: "conflict" };
    const onHand = this.#shop.stock[sku as "A" | "B"];
    if (onHand < 0) return { sku, kind: "unknown_sku" };
    if (hold === undefined && onHand < quantity) return { sku, kind: "out_of_stock", available: onHand };
    if (hold === undefined) this.holds.set(sku, "held");
    return { sku, kind: "held", name: sku, unitPriceMinor: sku === "A" ? 500 : 300, currency: "EUR" };
  }

  release(sku: string): void {
    if (this.holds.get(sku) === "sold") throw new Error(`${sku} is released after it was sold`);
    this.holds.set(sku, "released");
  }

  sell(sku: string): void {
    if (this.holds.get(sku) === "released") throw new Error(`${sku} is sold after it was released`);
    this.holds.set(sku, "sold");
  }

  restock(sku: string, operation: string, quantity: number): void {
    this.sell(sku);
    this.restocked.set(`${operation} ${sku}`, quantity);
  }

  charge(attempt: number, amountMinor: number): ChargeResult {
    if (this.#voided.has(attempt)) return { kind: "declined", reason: "voided" };
    const card = this.#shop.cards[Math.min(attempt, 2) - 1];
    if (card === "declined") {
      this.#declined.add(attempt);
      return { kind: "declined", reason: "card_declined" };
    }
    if (card !== "captured") return { kind: "unknown_payment_method" };
    // Idempotent by the charge's id: a second one is the first.
    if (!this.captures.has(attempt)) this.captures.set(attempt, amountMinor);
    if (this.captures.size > 1) throw new Error("charged twice");
    return { kind: "captured", reference: `ch_${attempt}` };
  }

  lookUp(attempt: number): LookUpResult {
    if (this.captures.has(attempt)) return { kind: "captured", reference: `ch_${attempt}` };
    const refused = this.#declined.has(attempt) || this.#voided.has(attempt);
    return refused ? { kind: "declined", reason: "card_declined" } : { kind: "not_charged" };
  }

  void(attempt: number): VoidResult {
    const amountMinor = this.captures.get(attempt);
    if (amountMinor !== undefined) return { kind: "captured", reference: `ch_${attempt}`, amountMinor };
    this.#voided.add(attempt);
    return { kind: "voided" };
  }

  refund(number: number, amountMinor: number): RefundResult {
    if (this.#shop.refusesRefunds) return { kind: "refused", reason: "the account is empty" };
    this.refunds.set(number, amountMinor);
    if (this.refundedMinor > this.capturedMinor) throw new Error("more was given back than taken");
    return { kind: "refunded", reference: `re_${number}` };
  }

  get capturedMinor(): number {
    return sum(this.captures.values());
  }

  get refundedMinor(): number {
    return sum(this.refunds.values());
  }
}

const sum = (amounts: Iterable<number>): number => [...amounts].reduce((total, amount) => total + amount, 0);
