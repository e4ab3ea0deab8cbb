import { describe, expect, it } from "vitest";
import { addOrders, OrderTally } from "./order-tally.ts";

const tallyOf = () => new OrderTally(2, (status) => status === 201);

describe("OrderTally", () => {
  it("counts every order for the ledger, and for the figures the confirmed ones of the window alone", () => {
    const tally = tallyOf();
    tally.add({
      skus: [0, 1, 1, 0],
      statuses: [201, 201, 503, 201],
      bodies: ["", "", "overloaded", ""],
      latenciesMs: [1, 2, 0.1, 4],
      counted: [false, true, true, true],
    });
    expect(tally.orders).toEqual([
      { confirmed: 2, unconfirmed: 0 },
      { confirmed: 1, unconfirmed: 1 },
    ]);
    expect(tally.latenciesMs).toEqual([2, 4]);
    expect(tally.unconfirmed).toBe(1);
    expect(tally.example).toBe("503 overloaded");
  });

  it("an order of a SKU that is not sold is a defect of the bench", () => {
    expect(() => tallyOf().add({ skus: [2], statuses: [201], bodies: [""], latenciesMs: [1], counted: [true] })).toThrow("SKU-2");
  });
});

describe("addOrders", () => {
  it("sums by SKU, also one that comes later", () => {
    const total = [{ confirmed: 1, unconfirmed: 1 }];
    addOrders(total, [
      { confirmed: 2, unconfirmed: 0 },
      { confirmed: 5, unconfirmed: 0 },
    ]);
    expect(total).toEqual([
      { confirmed: 3, unconfirmed: 1 },
      { confirmed: 5, unconfirmed: 0 },
    ]);
  });
});
