import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideCommit, decideExpire, decidePut, decideReceive, decideRelease, decideReserve, decideRestock } from "./decide.ts";
import { availableOf, isSound, noStock, type Hold, type Levels, type Product } from "./ledger.ts";

const product: Product = { sku: "A", name: "Product A", priceMinor: 500, currency: "EUR", version: 1, updatedAtMs: 0 };
const levels: Levels = { onHand: 5, reserved: 2, sold: 1, received: 6 };
const hold = (state: Hold["state"], quantity = 2): Hold => ({
  quantity,
  state,
  returned: 0,
  expiresAtMs: null,
  name: "Product A",
  unitPriceMinor: 500,
  currency: "EUR",
});
const reserving = { product, levels, hold: null, quantity: 2, expiresAtMs: null };

describe("decideReserve", () => {
  it("holds units at the product's price", () => {
    expect(decideReserve({ ...reserving, quantity: 3 })).toEqual({
      ok: true,
      changed: true,
      levels: { ...levels, reserved: 5 },
      hold: hold("held", 3),
    });
  });
  it("refuses more than is available", () => {
    expect(decideReserve({ ...reserving, quantity: 4 })).toMatchObject({ ok: false, code: "out_of_stock", levels });
  });
  it.each(["held", "committed"] as const)("answers a %s hold again, whatever is left and at its own price", (state) => {
    const dear = { ...product, priceMinor: 999 };
    expect(decideReserve({ ...reserving, product: dear, levels: noStock, hold: hold(state) })).toMatchObject({
      ok: true,
      changed: false,
      hold: { unitPriceMinor: 500 },
    });
  });
  it("refuses a hold that was released, and one of another quantity", () => {
    expect(decideReserve({ ...reserving, hold: hold("released") })).toMatchObject({
      ok: false,
      code: "reservation_conflict",
    });
    expect(decideReserve({ ...reserving, hold: hold("held"), quantity: 1 })).toMatchObject({ ok: false, code: "reservation_conflict" });
  });
  it("keeps the deadline it was first asked for with", () => {
    const first = decideReserve({ ...reserving, expiresAtMs: 1_000 });
    expect(first).toMatchObject({ ok: true, hold: { expiresAtMs: 1_000 } });
    const again = decideReserve({ ...reserving, hold: first.ok ? first.hold : null, expiresAtMs: 2_000 });
    expect(again).toMatchObject({ ok: true, changed: false, hold: { expiresAtMs: 1_000 } });
  });
  it("refuses an unknown SKU", () => {
    expect(decideReserve({ ...reserving, product: null, levels: noStock })).toMatchObject({ ok: false, code: "unknown_sku" });
  });
});

describe("decideRelease", () => {
  it("before its reserve leaves a tombstone that refuses it", () => {
    const released = decideRelease({ levels, hold: null, quantity: 2 });
    expect(released).toMatchObject({ ok: true, changed: true, levels });
    expect(released.ok && decideReserve({ ...reserving, hold: released.hold })).toMatchObject({ ok: false });
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

describe("decideExpire", () => {
  const until = (expiresAtMs: number | null, state: Hold["state"] = "held"): Hold => ({ ...hold(state), expiresAtMs });

  it("gives the units back at the deadline, and the id is spent as after a release", () => {
    const ended = decideExpire(levels, until(1_000), 1_000);
    expect(ended).toEqual({ ok: true, changed: true, levels: { ...levels, reserved: 0 }, hold: until(1_000, "released") });
    expect(ended.ok && decideReserve({ ...reserving, hold: ended.hold })).toMatchObject({ ok: false, code: "reservation_conflict" });
  });
  it.each([
    ["before the deadline", until(1_001)],
    ["without one", until(null)],
    ["once released", until(1_000, "released")],
    ["once sold", until(1_000, "committed")],
  ])("changes nothing %s", (_when, kept) => {
    expect(decideExpire(levels, kept, 1_000)).toEqual({ ok: true, changed: false, levels, hold: kept });
  });
});

describe("decideRestock", () => {
  const returning = { levels, done: false, quantity: 1 };
  const sale = (returned: number): Hold => ({ ...hold("committed"), returned });

  it("puts sold units back where they can be sold again", () => {
    expect(decideRestock({ ...returning, hold: { ...hold("committed", 1) } })).toEqual({
      ok: true,
      changed: true,
      levels: { onHand: 6, reserved: 2, sold: 0, received: 6 },
      hold: { ...hold("committed", 1), returned: 1 },
    });
  });
  it("commits a hold whose commit is still on its way, which then finds nothing to do", () => {
    const returned = decideRestock({ ...returning, hold: hold("held") });
    expect(returned).toMatchObject({ ok: true, levels: { onHand: 4, reserved: 0, sold: 2, received: 6 }, hold: { ...sale(1) } });
    expect(returned.ok && decideCommit(returned.levels, returned.hold)).toMatchObject({ changed: false, levels: returned.levels });
  });
  it("done before changes nothing, whatever else has come back since", () => {
    expect(decideRestock({ ...returning, done: true, hold: sale(2) })).toEqual({ ok: true, changed: false, levels, hold: sale(2) });
  });
  it.each([
    ["not_held", null, 1],
    ["not_held", hold("released"), 1],
    ["not_sold", sale(0), 3],
    ["not_sold", sale(1), 2],
    ["not_sold", sale(2), 1],
    ["not_sold", sale(0), 0],
    ["not_sold", sale(2), -1],
    ["not_sold", hold("held"), 3],
  ] as const)("%s changes nothing (%o, %i units)", (code, known, quantity) => {
    expect(decideRestock({ ...returning, hold: known, quantity })).toEqual({ ok: false, code, levels });
  });
});

/** What each command makes of a hold of two units in each state: what it answers, what becomes of the hold, how levels move. */
describe("every state of a hold x every command", () => {
  const states = {
    none: null,
    held: { ...hold("held"), expiresAtMs: 1_000 },
    released: hold("released"),
    sold: hold("committed"),
    partlyBack: { ...hold("committed"), returned: 1 },
    allBack: { ...hold("committed"), returned: 2 },
  } as const;
  const commands = {
    reserve: (known: Hold | null) => decideReserve({ ...reserving, hold: known }),
    reserveMore: (known: Hold | null) => decideReserve({ ...reserving, hold: known, quantity: 3 }),
    release: (known: Hold | null) => decideRelease({ levels, hold: known, quantity: 2 }),
    commit: (known: Hold | null) => decideCommit(levels, known),
    restock: (known: Hold | null) => decideRestock({ levels, hold: known, done: false, quantity: 1 }),
    expire: (known: Hold | null) => (known === null ? null : decideExpire(levels, known, 1_000)),
  };
  const unchanged = "unchanged";
  const conflict = "reservation_conflict";
  const table: Record<keyof typeof commands, Record<keyof typeof states, string>> = {
    reserve: {
      none: "held 0, +2 reserved",
      held: unchanged,
      released: conflict,
      sold: unchanged,
      partlyBack: unchanged,
      allBack: unchanged,
    },
    reserveMore: {
      none: "held 0, +3 reserved",
      held: conflict,
      released: conflict,
      sold: conflict,
      partlyBack: conflict,
      allBack: conflict,
    },
    release: {
      none: "released 0",
      held: "released 0, -2 reserved",
      released: unchanged,
      sold: conflict,
      partlyBack: conflict,
      allBack: conflict,
    },
    commit: {
      none: "not_held",
      held: "committed 0, -2 onHand, -2 reserved, +2 sold",
      released: "not_held",
      sold: unchanged,
      partlyBack: unchanged,
      allBack: unchanged,
    },
    restock: {
      none: "not_held",
      held: "committed 1, -1 onHand, -2 reserved, +1 sold",
      released: "not_held",
      sold: "committed 1, +1 onHand, -1 sold",
      partlyBack: "committed 2, +1 onHand, -1 sold",
      allBack: "not_sold",
    },
    expire: {
      none: "nothing",
      held: "released 0, -2 reserved",
      released: unchanged,
      sold: unchanged,
      partlyBack: unchanged,
      allBack: unchanged,
    },
  };
  const describeDecision = (decision: ReturnType<(typeof commands)[keyof typeof commands]>): string => {
    if (decision === null) return "nothing";
    if (!decision.ok) return decision.code;
    if (!decision.changed) return unchanged;
    const moved = (Object.keys(levels) as (keyof Levels)[]).flatMap((column) => {
      const units = decision.levels[column] - levels[column];
      return units === 0 ? [] : [`${units > 0 ? "+" : ""}${units} ${column}`];
    });
    return [`${decision.hold?.state} ${decision.hold?.returned}`, ...moved].join(", ");
  };
  const cases = (Object.keys(table) as (keyof typeof commands)[]).flatMap((command) =>
    (Object.keys(states) as (keyof typeof states)[]).map((state) => [command, state, table[command][state]] as const),
  );

  it.each(cases)("%s when %s: %s", (command, state, expected) => {
    expect(describeDecision(commands[command](states[state]))).toBe(expected);
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

/** A ledger that any sequence of operations is applied to, with what an actor keeps beside it. */
class Ledger {
  levels: Levels = noStock;
  readonly holds = new Map<string, Hold>();
  readonly receipts = new Map<string, number>();
  readonly restocks = new Set<string>();

  /** @returns Whether it was refused. */
  apply({ kind, id, quantity, time }: Operation): boolean {
    const known = this.holds.get(id) ?? null;
    if (kind === "receive") {
      const decision = decideReceive({ product, levels: this.levels, done: this.receipts.has(id), quantity });
      if (!this.receipts.has(id)) this.receipts.set(id, quantity);
      this.levels = decision.levels;
      return !decision.ok;
    }
    const decision = this.#decide({ kind, id, quantity, time }, known);
    this.levels = decision.levels;
    if (!decision.ok) return true;
    if (decision.hold !== null) this.holds.set(id, decision.hold);
    if (kind === "restock") this.restocks.add(`${id}:${time}`);
    return false;
  }

  #decide({ kind, id, quantity, time }: Operation & { kind: Exclude<Operation["kind"], "receive"> }, known: Hold | null) {
    const { levels } = this;
    switch (kind) {
      case "reserve":
        return decideReserve({ product, levels, hold: known, quantity, expiresAtMs: time });
      case "release":
        return decideRelease({ levels, hold: known, quantity });
      case "commit":
        return decideCommit(levels, known);
      case "restock":
        return decideRestock({ levels, hold: known, done: this.restocks.has(`${id}:${time}`), quantity });
      case "expire":
        return known === null ? { ok: true as const, changed: false, levels, hold: null } : decideExpire(levels, known, time);
    }
  }
}

interface Operation {
  readonly kind: "receive" | "reserve" | "release" | "commit" | "restock" | "expire";
  readonly id: string;
  readonly quantity: number;
  /** The deadline of a reserve, the clock of an expiry, and part of the name of a restocking. */
  readonly time: number;
}

describe("the ledger", () => {
  const operation: fc.Arbitrary<Operation> = fc.record({
    kind: fc.constantFrom("receive", "receive", "reserve", "reserve", "release", "commit", "restock", "expire"),
    id: fc.constantFrom("r1", "r2", "r3", "r4"),
    quantity: fc.integer({ min: 1, max: 5 }),
    time: fc.integer({ min: 1, max: 4 }),
  });
  const operations = fc.array(operation, { maxLength: 60 });
  const sum = (units: readonly number[]): number => units.reduce((total, each) => total + each, 0);

  it("balances after any sequence of operations, and each column is the sum of what it is made of", () => {
    fc.assert(
      fc.property(operations, (sequence) => {
        const ledger = new Ledger();
        for (const next of sequence) {
          const before = ledger.levels;
          const refused = ledger.apply(next);
          const holds = [...ledger.holds.values()];
          expect(isSound(ledger.levels)).toBe(true);
          if (refused) expect(ledger.levels).toEqual(before);
          expect(ledger.levels).toMatchObject({
            reserved: sum(holds.filter(({ state }) => state === "held").map(({ quantity }) => quantity)),
            sold: sum(holds.filter(({ state }) => state === "committed").map(({ quantity, returned }) => quantity - returned)),
            received: sum([...ledger.receipts.values()]),
          });
          expect(holds.every(({ state, returned, quantity }) => returned >= 0 && returned <= (state === "committed" ? quantity : 0))).toBe(
            true,
          );
          expect(availableOf(ledger.levels)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it("any operation done again at once changes nothing", () => {
    fc.assert(
      fc.property(operations, (sequence) => {
        const ledger = new Ledger();
        for (const next of sequence) {
          const refused = ledger.apply(next);
          const { levels: once } = ledger;
          const holds = new Map(ledger.holds);
          expect(ledger.apply(next)).toBe(refused);
          expect([ledger.levels, new Map(ledger.holds)]).toEqual([once, holds]);
        }
      }),
    );
  });

  it("a commit lost, late or repeated around a restocking leaves the same ledger", () => {
    const withCommits = fc.subarray([0, 1, 2], { minLength: 0 });
    fc.assert(
      fc.property(withCommits, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), (commitsAt, returns) => {
        const run = (commits: readonly number[]) => {
          const ledger = new Ledger();
          const steps: Operation[] = [
            { kind: "receive", id: "in", quantity: 9, time: 1 },
            { kind: "reserve", id: "r1", quantity: 4, time: 1 },
            ...returns.flatMap((quantity, index): Operation[] => [
              ...(commits.includes(index) ? [{ kind: "commit" as const, id: "r1", quantity, time: 1 }] : []),
              { kind: "restock", id: "r1", quantity, time: index },
            ]),
            { kind: "commit", id: "r1", quantity: 4, time: 1 },
          ];
          for (const step of steps) ledger.apply(step);
          return { levels: ledger.levels, hold: ledger.holds.get("r1") };
        };
        expect(run(commitsAt)).toEqual(run([]));
      }),
    );
  });
});
