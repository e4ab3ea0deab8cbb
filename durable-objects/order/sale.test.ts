import { describe, expect, it } from "vitest";
import { states } from "../../shared/domain/order/fixtures.ts";
import { isSoldNow } from "./sale.ts";

const unsold = ["cart_validated", "inventory_reserved", "pending_payment, outcome unknown", "compensating", "failed"] as const;
const sold = ["confirmed", "fulfilled", "confirmed, refunded in part", "refunded", "cancelling, paid", "cancelled"] as const;

describe("isSoldNow: the stock is told of the sale", () => {
  it.each(sold)("by the change that sells, if it ends as %s at once", (after) => {
    expect(unsold.map((before) => isSoldNow(states[before], states[after]))).toEqual(unsold.map(() => true));
    expect(isSoldNow(null, states[after])).toBe(true);
  });

  it.each(sold)("by no later change of what is %s", (before) => {
    expect(sold.map((after) => isSoldNow(states[before], states[after]))).toEqual(sold.map(() => false));
  });

  it.each(unsold)("by no change that leaves an order %s", (after) => {
    expect(unsold.map((before) => isSoldNow(states[before], states[after]))).toEqual(unsold.map(() => false));
    expect(isSoldNow(null, states[after])).toBe(false);
  });
});
