/** One SKU's ledger and what can happen to it. */
import { Defect } from "../assert.ts";

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: number;
  readonly currency: string;
  /** Counts the changes, from 1. */
  readonly version: number;
  readonly updatedAtMs: number;
}

/**
 * Units. `onHand` is what stands in the warehouse, held units included; available is onHand - reserved. `sold` is net of what
 * came back, so that onHand + sold = received at any time.
 */
export interface Levels {
  readonly onHand: number;
  readonly reserved: number;
  readonly sold: number;
  readonly received: number;
}

export const noStock: Levels = { onHand: 0, reserved: 0, sold: 0, received: 0 };

export const availableOf = (levels: Levels): number => levels.onHand - levels.reserved;

/** `released` is also the tombstone of a hold whose release came first. */
export type HoldState = "held" | "released" | "committed";

/** A reservation, for ever: it is what makes reserve, release and commit repeatable. Name and price are those of its making. */
export interface Hold {
  readonly quantity: number;
  readonly state: HoldState;
  /** Units of the sale that came back: 0 until it is committed, `quantity` at most. */
  readonly returned: number;
  /** Until when it was asked for, ms since the epoch; null: until it is given back. Who ends it then is the owner's matter. */
  readonly expiresAtMs: number | null;
  readonly name: string;
  readonly unitPriceMinor: number;
  readonly currency: string;
}

/** What the invariants say; the actor asserts it before every commit. */
export function isSound(levels: Levels): boolean {
  const { onHand, reserved, sold, received } = levels;
  const whole = [onHand, reserved, sold, received].every((units) => Number.isSafeInteger(units) && units >= 0);
  return whole && onHand + sold === received && reserved <= onHand;
}

/** @throws Defect when they do not balance. */
export function assertSound(levels: Levels): void {
  if (!isSound(levels)) throw new Defect(`the ledger would not balance: ${JSON.stringify(levels)}`);
}
