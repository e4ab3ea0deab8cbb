import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideCommit, decidePut, decideReceive, decideRelease, decideReserve } from "./decide.ts";
import { availableOf, isSound, noStock, type Hold, type Levels, type Product } from "./ledger.ts";

const product: Product = { sku: "A", name: "Product A", priceMinor: 500, currency: "EUR", version: 1, updatedAtMs: 0 };
const levels: Levels = { onHand: 5, reserved: 2, sold: 1, received: 6 };
const hold = (state: Hold["state"], quantity = 2): Hold => ({ quantity, state, name: "Product A", unitPriceMinor: 500, currency: "EUR" });

describe("decideReserve", () => {
  it("holds units at the product's price", () => {
    expect(decideReserve({ product, levels, hold: null, quantity: 3 })).toEqual({
      ok: true,
      changed: true,
      levels: { ...levels, reserved: 5 },
      hold: hold("held", 3),
    });
  });
  it("refuses more than is available", () => {
    expect(decideReserve({ product, levels, hold: null, quantity: 4 })).toMatchObject({ ok: false, code: "out_of_stock", levels });
  });
  it.each(["held", "committed"] as const)("answers a %s hold again, whatever is left and at its own price", (state) => {
    const dear = { ...product, priceMinor: 999 };
    expect(decideReserve({ product: dear, levels: noStock, hold: hold(state), quantity: 2 })).toMatchObject({
      ok: true,
      changed: false,
      hold: { unitPriceMinor: 500 },
    });
  });
  it("refuses a hold that was released, and one of another quantity", () => {
    expect(decideReserve({ product, levels, hold: hold("released"), quantity: 2 })).toMatchObject({
      ok: false,
      code: "reservation_conflict",
    });
    expect(decideReserve({ product, levels, hold: hold("held"), quantity: 1 })).toMatchObject({ ok: false, code: "reservation_conflict" });
  });
  it("refuses an unknown SKU", () => {
    expect(decideReserve({ product: null, levels: noStock, hold: null, quantity: 1 })).toMatchObject({ ok: false, code: "unknown_sku" });
  });
});

describe("decideRelease", () => {
  it("before its reserve leaves a tombstone that refuses it", () => {
    const released = decideRelease({ levels, hold: null, quantity: 2 });
    expect(released).toMatchObject({ ok: true, changed: true, levels });
    expect(released.ok && decideReserve({ product, levels, hold: released.hold, quantity: 2 })).toMatchObject({ ok: false });
  });
  it("refuses another quantity than was held", () => {
    expect(decideRelease({ levels, hold: hold("held"), quantity: 1 })).toMatchObject({ ok: false, code: "reservation_conflict" });
    expect(decideRelease({ levels, hold: hold("released"), quantity: 1 })).toMatchObject({ ok: false, code: "reservation_conflict" });
  });
  it("twice changes nothing", () => {
    expect(decideRelease({ levels, hold: hold("released"), quantity: 2 })).toMatchObject({ ok: true, changed: false, levels });
  });
  it("refuses what is sold", () => {
    expect(decideRelease({ levels, hold: hold("committed"), quantity: 2 })).toMatchObject({ ok: false, code: "reservation_conflict" });
  });
});

describe("decideCommit", () => {
  it("turns a hold into a sale", () => {
    expect(decideCommit(levels, hold("held"))).toMatchObject({ ok: true, levels: { onHand: 3, reserved: 0, sold: 3, received: 6 } });
  });
  it("twice changes nothing", () => {
    expect(decideCommit(levels, hold("committed"))).toMatchObject({ ok: true, changed: false, levels });
  });
  it.each([null, hold("released")])("refuses without a hold (%o)", (missing) => {
    expect(decideCommit(levels, missing)).toMatchObject({ ok: false, code: "not_held" });
  });
});

describe("decideReceive", () => {
  it("adds to the warehouse", () => {
    expect(decideReceive({ product, levels, done: false, quantity: 4 })).toMatchObject({ ok: true, levels: { onHand: 9, received: 10 } });
  });
  it("done before changes nothing", () => {
    expect(decideReceive({ product, levels, done: true, quantity: 4 })).toMatchObject({ ok: true, changed: false, levels });
  });
  it("refuses an unknown SKU and more than can be counted", () => {
    expect(decideReceive({ product: null, levels: noStock, done: false, quantity: 1 })).toMatchObject({ ok: false, code: "unknown_sku" });
    const full = { ...noStock, onHand: Number.MAX_SAFE_INTEGER, received: Number.MAX_SAFE_INTEGER };
    expect(decideReceive({ product, levels: full, done: false, quantity: 1 })).toMatchObject({ ok: false, code: "quantity_too_large" });
  });
});

describe("decidePut", () => {
  it("counts versions, and the same content is no change", () => {
    const { version: _version, updatedAtMs: _updatedAtMs, ...content } = product;
    expect(decidePut(null, content, 7)).toEqual({ changed: true, product: { ...content, version: 1, updatedAtMs: 7 } });
    expect(decidePut(product, content, 9)).toEqual({ changed: false, product });
    expect(decidePut(product, { ...content, priceMinor: 1 }, 9)).toMatchObject({ changed: true, product: { version: 2, updatedAtMs: 9 } });
  });
});

describe("the ledger", () => {
  const id = fc.constantFrom("r1", "r2", "r3", "r4");
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("receive" as const), id, quantity: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      kind: fc.constantFrom("reserve" as const, "release" as const, "commit" as const),
      id,
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
  );

  it("balances after any sequence of operations, and reserved is the sum of the live holds", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        let now: Levels = noStock;
        const holds = new Map<string, Hold>();
        const receipts = new Set<string>();
        for (const { kind, id: name, quantity } of operations) {
          const known = holds.get(name) ?? null;
          if (kind === "receive") {
            const decision = decideReceive({ product, levels: now, done: receipts.has(name), quantity });
            receipts.add(name);
            now = decision.levels;
            continue;
          }
          const decision =
            kind === "reserve"
              ? decideReserve({ product, levels: now, hold: known, quantity })
              : kind === "release"
                ? decideRelease({ levels: now, hold: known, quantity })
                : decideCommit(now, known);
          now = decision.levels;
          if (decision.ok) holds.set(name, decision.hold);
          const live = [...holds.values()].filter((entry) => entry.state === "held");
          expect(isSound(now)).toBe(true);
          expect(now.reserved).toBe(live.reduce((sum, entry) => sum + entry.quantity, 0));
          expect(availableOf(now)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
