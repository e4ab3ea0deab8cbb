import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noStock, type Levels } from "../ledger.ts";
import { decideCredit, decideLend, decideRegain, decideSurrender, raisedBy, readingOf } from "./decide-transfer.ts";
import { accountOf, deliveredTo, isSoundBank, isSoundShard, maxShards, newPosition, type Bank, type ShardLedger } from "./ledgers.ts";
import { isShardKey, parseShardKey, shardKey } from "./shard-key.ts";
import { shardOf } from "./shard-of.ts";
import { disagreementOf, retiredShards, sumLevels } from "./sum-levels.ts";
import { afterAnswer, askForAll, joinLine, type Line } from "./waiting-line.ts";

const bank: Bank = { levels: { ...noStock, onHand: 10, received: 10 }, accounts: [], shards: 2 };
const empty: ShardLedger = { levels: noStock, position: newPosition };

describe("a transfer", () => {
  it("leaves the root when it is lent, and is at the shard when it hears of it", () => {
    const after = decideLend(bank, 1, 4);
    expect([after.levels.onHand, accountOf(after, 1).lent, deliveredTo(after)]).toEqual([6, 4, 10]);
    expect(decideCredit(empty, 4)).toEqual({
      levels: { onHand: 4, reserved: 0, sold: 0, received: 4 },
      position: { received: 4, surrendered: 0, raised: 4 },
    });
  });
  it("gives back what is free, and no more", () => {
    const held = { ...decideCredit(empty, 4), levels: { onHand: 4, reserved: 3, sold: 0, received: 4 } };
    const after = decideSurrender(held);
    expect(after.levels).toEqual({ onHand: 3, reserved: 3, sold: 0, received: 3 });
    expect(after.position.surrendered).toBe(1);
    expect(decideSurrender(after)).toBe(after);
  });
  it("is booked once, however often and in whatever order it is told of", () => {
    const told = fc.array(fc.nat(20), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(told, (counters) => {
        const newest = Math.max(...counters);
        const shard = counters.reduce(decideCredit, empty);
        expect([isSoundShard(shard), shard.position.received, shard.levels.onHand]).toEqual([true, newest, newest]);
        const lent = decideLend({ ...bank, levels: { ...noStock, onHand: 20, received: 20 } }, 1, 20);
        const root = counters.reduce((after, surrendered) => decideRegain(after, { shard: 1, surrendered, productVersion: 1 }), lent);
        expect([isSoundBank(root), root.levels.onHand, deliveredTo(root)]).toEqual([true, newest, 20]);
      }),
    );
  });
  it("remembers the newest product that a shard knows", () => {
    const told = (before: Bank, productVersion: number) => decideRegain(before, { shard: 1, surrendered: 0, productVersion });
    expect(accountOf(told(told(decideLend(bank, 1, 1), 3), 2), 1).productVersion).toBe(3);
  });
  it("is refused as a defect when the root does not have it", () => {
    expect(() => decideLend(bank, 1, 11)).toThrow("11 units cannot be lent");
  });
});

describe("raisedBy", () => {
  const levels: Levels = { onHand: 5, reserved: 3, sold: 0, received: 5 };
  it("counts units that can be sold again, and nothing else", () => {
    const by = (after: Partial<Levels>) => raisedBy(levels, { ...levels, ...after });
    expect([by({ reserved: 1 }), by({ reserved: 4 }), by({ onHand: 2, reserved: 0, sold: 3 })]).toEqual([2, 0, 0]);
  });
});

describe("the waiting line", () => {
  const line: Line<string> = [
    ["two", 2],
    ["five", 5],
  ].reduce<Line<string>>((before, [name, quantity]) => joinLine(before, String(name), Number(quantity)), []);
  const asked = askForAll(line);

  it("asks for all, and refuses those who want more than was left", () => {
    expect(asked.quantities).toEqual([2, 5]);
    const answered = afterAnswer(asked.line, { kind: "collected", atMost: 4, left: 3 });
    expect(answered).toMatchObject({ refused: [{ item: "five", left: 3 }], failed: [], line: [{ item: "two" }] });
  });
  it("refuses nobody who came after the request had left", () => {
    const answered = afterAnswer(joinLine(asked.line, "late", 9), { kind: "collected", atMost: 0, left: 0 });
    expect(answered.line.map(({ item }) => item)).toEqual(["late"]);
  });
  it("refuses nobody when a shard did not answer: that is a failure", () => {
    expect(afterAnswer(asked.line, { kind: "unreachable" })).toMatchObject({ refused: [], failed: ["two", "five"], line: [] });
  });
  it("keeps nobody for ever", () => {
    let passed = line;
    for (let times = 0; times < 100 && passed.length > 0; times += 1) passed = afterAnswer(askForAll(passed).line, null).line;
    expect(passed).toEqual([]);
  });
});

describe("shardOf", () => {
  const id = (n: number) => `ord_${(n * 2_654_435_761).toString(16).padStart(32, "0")}`;
  it("spreads orders evenly and always the same way", () => {
    const counts = Array.from({ length: 4 }, () => 0);
    for (let n = 0; n < 4_000; n += 1) counts[shardOf(id(n), 4)] = (counts[shardOf(id(n), 4)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });
  it("is the root for a SKU that is not split, whatever the id", () => {
    expect([shardOf(id(7), 1), shardOf("not one of ours: ??", maxShards), shardOf(id(7), 0)]).toEqual([0, 0, 0]);
  });
});

describe("shardKey", () => {
  it("is the SKU for the root, and can be read back", () => {
    expect([shardKey("A.B-1", 0), shardKey("A.B-1", 12)]).toEqual(["A.B-1", "A.B-1/12"]);
    expect(parseShardKey("A.B-1/12")).toEqual({ sku: "A.B-1", shard: 12 });
    expect([parseShardKey("A"), isShardKey("A"), isShardKey("A/1")]).toEqual([{ sku: "A", shard: 0 }, false, true]);
  });
});

describe("a whole SKU", () => {
  const lent = decideLend(decideLend(bank, 1, 4), 2, 3);
  const first = { ...decideCredit(empty, 4), levels: { onHand: 3, reserved: 2, sold: 1, received: 4 } };

  it("balances while units are on their way", () => {
    const back = decideSurrender(first);
    const readings = [readingOf(1, back, 1), readingOf(2, empty, 0)];
    expect(sumLevels(lent, readings)).toEqual({ onHand: 9, reserved: 2, sold: 1, received: 10 });
  });
  it("finds a shard that cannot be right", () => {
    expect(disagreementOf(accountOf(lent, 1), readingOf(1, first, 1))).toBeNull();
    expect(disagreementOf(accountOf(lent, 1), { ...readingOf(1, first, 1), received: 5 })).toBe("shard 1 received 5, and was lent 4");
    expect(disagreementOf(accountOf(lent, 1), { ...readingOf(1, first, 1), onHand: 4 })).toBe(
      "shard 1 received 4, and has 4 on hand, 1 sold and 0 given back",
    );
    const regained = decideRegain(lent, { shard: 1, surrendered: 2, productVersion: 0 });
    expect(disagreementOf(accountOf(regained, 1), readingOf(1, first, 1))).toBe("shard 1 gave back 0, and 2 came back");
  });
  it("collects from shards beyond its number until all is back or sold", () => {
    expect(retiredShards(lent)).toEqual([2]);
    expect(retiredShards({ ...lent, shards: 1 })).toEqual([1, 2]);
    expect(retiredShards(decideRegain(lent, { shard: 2, surrendered: 3, productVersion: 0 }))).toEqual([]);
  });
});
