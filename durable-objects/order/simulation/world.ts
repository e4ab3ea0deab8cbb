/** The neighbours of the simulated order actor: stock, a payment provider with a ledger, queues with consumers. */
import type { ChargeCommand, ChargeReply, ReserveReply } from "../../../shared/contracts/rpc.ts";
import { toStockLevels } from "../../../shared/contracts/product-mapping.ts";
import { decideCommit, decideRelease, decideReserve } from "../../../shared/domain/stock/decide.ts";
import { availableOf, isSound, noStock, type Hold, type Levels, type Product } from "../../../shared/domain/stock/ledger.ts";

interface ReservationCommand {
  readonly reservationId: string;
  readonly quantity: number;
}

/** A stock actor's decisions, as shipped, over memory. Its own commits are single statements, so it has nothing to lose. */
export class SimulatedStock {
  readonly product: Product;
  readonly holds = new Map<string, Hold>();
  levels: Levels;

  constructor(sku: string, onHand: number, priceMinor: number) {
    this.product = { sku, name: sku, priceMinor, currency: "EUR", version: 1, updatedAtMs: 0 };
    this.levels = { ...noStock, onHand, received: onHand };
  }

  reserve({ reservationId, quantity }: ReservationCommand): ReserveReply {
    const decision = decideReserve({ product: this.product, levels: this.levels, hold: this.#hold(reservationId), quantity });
    if (!decision.ok) {
      if (decision.code === "out_of_stock") return { ok: false, code: decision.code, available: availableOf(decision.levels) };
      return { ok: false, code: decision.code };
    }
    this.#write(reservationId, decision.hold, decision.levels);
    const { name, unitPriceMinor, currency } = decision.hold;
    return { ok: true, name, unitPriceMinor, currency, levels: toStockLevels(this.product.sku, decision.levels) };
  }

  release({ reservationId, quantity }: ReservationCommand) {
    const decision = decideRelease({ levels: this.levels, hold: this.#hold(reservationId), quantity });
    if (!decision.ok) return { ok: false as const, code: decision.code };
    this.#write(reservationId, decision.hold, decision.levels);
    return { ok: true as const, levels: toStockLevels(this.product.sku, decision.levels) };
  }

  commit({ reservationId }: Pick<ReservationCommand, "reservationId">): void {
    const decision = decideCommit(this.levels, this.#hold(reservationId));
    if (!decision.ok) throw new Error(`a sale without a hold: ${reservationId}`);
    this.#write(reservationId, decision.hold, decision.levels);
  }

  #hold = (reservationId: string): Hold | null => this.holds.get(reservationId) ?? null;

  #write(reservationId: string, hold: Hold, levels: Levels): void {
    if (!isSound(levels)) throw new Error(`unsound: ${JSON.stringify(levels)}`);
    this.levels = levels;
    this.holds.set(reservationId, hold);
  }
}

/** A provider that keeps books, so that a look-up tells what really happened. */
export class SimulatedProvider {
  readonly ledger = new Map<string, { readonly reply: ChargeReply; readonly amountMinor: number }>();

  charge({ chargeId, amountMinor, paymentMethod }: ChargeCommand): ChargeReply {
    const known = this.ledger.get(chargeId);
    if (known !== undefined) return known.reply;
    const declined = { ok: false, code: "payment_declined", reason: "card_declined" } as const;
    const reply: ChargeReply = paymentMethod === "pm_card_visa" ? { ok: true, reference: `ch_${chargeId}` } : declined;
    this.ledger.set(chargeId, { reply, amountMinor });
    return reply;
  }

  lookUp({ chargeId }: ChargeCommand): ChargeReply | { ok: false; code: "not_found" } {
    return this.ledger.get(chargeId)?.reply ?? { ok: false, code: "not_found" };
  }

  /** Money taken for an order, minor units; null when none was. */
  taken(orderId: string): number | null {
    const entry = this.ledger.get(`${orderId}:charge:1`);
    return entry?.reply.ok === true ? entry.amountMinor : null;
  }
}

/** mulberry32: a small seeded generator of numbers from 0 to 1. Source: Tommy Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
