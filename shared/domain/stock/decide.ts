/**
 * What a command does to a SKU's ledger. Pure. Each function gets what is known (the levels, the product, the hold or
 * operation of that id if there is one) and answers what to write. Precedence: idempotency, existence, state, limits.
 */
import { availableOf, type Hold, type Levels, type Product } from "./ledger.ts";

/** `hold` absent or `changed` false: there is nothing to write, it was done before. */
export type StockDecision<Code extends string, Value = unknown> =
  | ({ readonly ok: true; readonly changed: boolean; readonly levels: Levels } & Value)
  | { readonly ok: false; readonly code: Code; readonly levels: Levels };

export interface ReserveInput {
  readonly product: Product | null;
  readonly levels: Levels;
  readonly hold: Hold | null;
  readonly quantity: number;
  /** ms since the epoch; null: none. */
  readonly expiresAtMs: number | null;
}

/** Holds units at the product's present name and price. The same again answers the first hold, its price and deadline. */
export function decideReserve({
  product,
  levels,
  hold,
  quantity,
  expiresAtMs,
}: ReserveInput): StockDecision<"unknown_sku" | "out_of_stock" | "reservation_conflict", { readonly hold: Hold }> {
  if (hold !== null) {
    const same = hold.state !== "released" && hold.quantity === quantity;
    return same ? { ok: true, changed: false, levels, hold } : { ok: false, code: "reservation_conflict", levels };
  }
  if (product === null) return { ok: false, code: "unknown_sku", levels };
  if (availableOf(levels) < quantity) return { ok: false, code: "out_of_stock", levels };
  const { name, priceMinor: unitPriceMinor, currency } = product;
  const placed: Hold = { quantity, state: "held", returned: 0, expiresAtMs, name, unitPriceMinor, currency };
  return { ok: true, changed: true, levels: { ...levels, reserved: levels.reserved + quantity }, hold: placed };
}

export interface ReleaseInput {
  readonly levels: Levels;
  readonly hold: Hold | null;
  readonly quantity: number;
}

/** Gives a whole hold back, or leaves a tombstone so that the reserve, when it comes late, is refused. */
export function decideRelease({ levels, hold, quantity }: ReleaseInput): StockDecision<"reservation_conflict", { readonly hold: Hold }> {
  if (hold === null) {
    const tombstone: Hold = { ...neverHeld, quantity };
    return { ok: true, changed: true, levels, hold: tombstone };
  }
  if (hold.state === "committed" || hold.quantity !== quantity) return { ok: false, code: "reservation_conflict", levels };
  if (hold.state === "released") return { ok: true, changed: false, levels, hold };
  const released = { ...hold, state: "released" as const };
  return { ok: true, changed: true, levels: { ...levels, reserved: levels.reserved - hold.quantity }, hold: released };
}

const neverHeld = { state: "released", returned: 0, expiresAtMs: null, name: "", unitPriceMinor: 0, currency: "" } as const;

/**
 * Gives a hold back by itself once it is past its deadline; anything else stays as it is. For operators' holds alone: an
 * order's is ended by its order, which knows whether a charge is in flight.
 */
export function decideExpire(levels: Levels, hold: Hold, nowMs: number): StockDecision<never, { readonly hold: Hold }> {
  const isOver = hold.state === "held" && hold.expiresAtMs !== null && hold.expiresAtMs <= nowMs;
  if (!isOver) return { ok: true, changed: false, levels, hold };
  return {
    ok: true,
    changed: true,
    levels: { ...levels, reserved: levels.reserved - hold.quantity },
    hold: { ...hold, state: "released" },
  };
}

/** Turns a hold into a sale. Refused only by a defect: money is taken for held units alone, and those stay held. */
export function decideCommit(levels: Levels, hold: Hold | null): StockDecision<"not_held", { readonly hold: Hold }> {
  if (hold === null || hold.state === "released") return { ok: false, code: "not_held", levels };
  if (hold.state === "committed") return { ok: true, changed: false, levels, hold };
  const { quantity } = hold;
  const sold = { ...levels, onHand: levels.onHand - quantity, reserved: levels.reserved - quantity, sold: levels.sold + quantity };
  return { ok: true, changed: true, levels: sold, hold: { ...hold, state: "committed" } };
}

export interface RestockInput {
  readonly levels: Levels;
  readonly hold: Hold | null;
  /** Whether this operation was done before. */
  readonly done: boolean;
  readonly quantity: number;
}

/**
 * Takes units of a sale back into the warehouse. A hold that is not committed yet is committed first: the order that asks has
 * sold it, and its commit is still on the way; when it comes it finds the sale made and changes nothing. Refused only by a
 * defect: `not_held` without a hold, `not_sold` for more than was sold and is still out.
 */
export function decideRestock({
  levels,
  hold,
  done,
  quantity,
}: RestockInput): StockDecision<"not_held" | "not_sold", { readonly hold: Hold | null }> {
  if (done) return { ok: true, changed: false, levels, hold };
  const sale = decideCommit(levels, hold);
  if (!sale.ok) return sale;
  const returned = sale.hold.returned + quantity;
  if (quantity < 1 || returned > sale.hold.quantity) return { ok: false, code: "not_sold", levels };
  const restocked = { ...sale.levels, onHand: sale.levels.onHand + quantity, sold: sale.levels.sold - quantity };
  return { ok: true, changed: true, levels: restocked, hold: { ...sale.hold, returned } };
}

export interface ReceiveInput {
  readonly product: Product | null;
  readonly levels: Levels;
  /** Units that other objects of the SKU have, of all that was received. Default: none. */
  readonly lent?: number;
  /** Whether this operation was done before. */
  readonly done: boolean;
  readonly quantity: number;
}

/** Adds units to the warehouse. */
export function decideReceive({
  product,
  levels,
  lent = 0,
  done,
  quantity,
}: ReceiveInput): StockDecision<"unknown_sku" | "quantity_too_large"> {
  if (done) return { ok: true, changed: false, levels };
  if (product === null) return { ok: false, code: "unknown_sku", levels };
  if (!Number.isSafeInteger(levels.received + lent + quantity)) return { ok: false, code: "quantity_too_large", levels };
  return { ok: true, changed: true, levels: { ...levels, onHand: levels.onHand + quantity, received: levels.received + quantity } };
}

/** Creates or changes the product; the same content again is no change. */
export function decidePut(
  before: Product | null,
  put: Omit<Product, "version" | "updatedAtMs">,
  nowMs: number,
): { readonly changed: boolean; readonly product: Product } {
  const same = before !== null && before.name === put.name && before.priceMinor === put.priceMinor && before.currency === put.currency;
  if (same) return { changed: false, product: before };
  return { changed: true, product: { ...put, version: (before?.version ?? 0) + 1, updatedAtMs: nowMs } };
}
