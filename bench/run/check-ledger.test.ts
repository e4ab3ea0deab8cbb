import { describe, expect, it } from "vitest";
import type { Stock } from "../system.ts";
import { checkLedger, isSettled } from "./check-ledger.ts";

const stock = (overrides: Partial<Stock> = {}): Stock => ({ received: 10, onHand: 7, reserved: 0, sold: 3, ...overrides });
const orders = (confirmed: number, unconfirmed = 0) => ({ confirmed, unconfirmed });

describe("checkLedger", () => {
  it("all confirmed orders sold and nothing else: nothing is wrong", () => {
    expect(checkLedger([stock(), stock({ onHand: 10, sold: 0 })], [orders(3)])).toEqual([]);
  });

  it("an order without an answer may have been sold or not", () => {
    expect(checkLedger([stock()], [orders(2, 1)])).toEqual([]);
    expect(checkLedger([stock()], [orders(3, 1)])).toEqual([]);
    expect(checkLedger([stock({ onHand: 6, reserved: 1 })], [orders(3, 1)])).toEqual([]);
  });

  it.each<[string, Stock, number, string]>([
    ["a confirmed order that is not sold", stock(), 4, "only 3 units are sold"],
    ["a sale without an order", stock(), 2, "only 2 orders were placed"],
    ["units that are nowhere", stock({ onHand: 6 }), 3, "is not 10 received"],
    ["units below 0", stock({ onHand: 8, reserved: -1 }), 3, "below 0"],
    ["more sold than received", stock({ onHand: -2, sold: 12 }), 12, "oversold"],
    ["a unit that is held for nobody", stock({ onHand: 6, reserved: 1 }), 3, "1 units are still reserved"],
    ["no number", stock({ onHand: Number.NaN }), 3, "no whole number"],
  ])("tells %s", (_name, ledger, confirmed, wrong) => {
    expect(checkLedger([ledger], [orders(confirmed)]).join("\n")).toContain(wrong);
  });

  it("a SKU that is missing from the ledger is told, and one that is wrong is named", () => {
    expect(checkLedger([stock()], [orders(3), orders(1)])).toEqual(["The ledger has 1 SKUs; orders were placed for 2"]);
    expect(checkLedger([stock(), stock()], [orders(3), orders(4)])[0]).toMatch(/^SKU-1: /);
  });
});

describe("isSettled", () => {
  it("is false while a confirmed order is not sold, or a unit is held", () => {
    expect(isSettled([stock()], [orders(3)])).toBe(true);
    expect(isSettled([stock()], [orders(4)])).toBe(false);
    expect(isSettled([stock({ onHand: 6, reserved: 1 })], [orders(3)])).toBe(false);
  });
});
