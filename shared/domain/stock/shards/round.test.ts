import { describe, expect, it } from "vitest";
import { noStock, type Levels } from "../ledger.ts";
import { grantAll, grantWhatFits, type BorrowRequest } from "./decide-grants.ts";
import type { ShardReading } from "./decide-transfer.ts";
import { outstandingOf, type Bank } from "./ledgers.ts";
import { afterCollect, openRound, toCollect, type Round, type RoundStep } from "./round.ts";

const pool = (free: number): Levels => ({ ...noStock, onHand: free, received: free });
const bank = (free: number, lent: readonly number[] = [], shards = 4): Bank => ({
  levels: pool(free),
  accounts: lent.map((units, index) => ({ shard: index + 1, lent: units, regained: 0, productVersion: 1 })),
  shards,
});
const asks = (shard: number, quantities: readonly number[], available = 0): BorrowRequest => ({ shard, quantities, available });
const reading = (shard: number, counters: Partial<ShardReading> = {}): ShardReading => ({
  ...{ shard, productVersion: 1, received: 0, surrendered: 0, raised: 0, onHand: 0, reserved: 0, sold: 0 },
  ...counters,
});
const collecting = (step: RoundStep): Round => {
  if (step.kind !== "collect") throw new Error("no collect");
  return step.round;
};
const lentTo = ({ accounts }: Bank) => Object.fromEntries(accounts.map((account) => [account.shard, outstandingOf(account)]));

describe("grantAll", () => {
  it("gives what the orders lack and a share of half of what is then left", () => {
    // 10 are wanted, 90 are left, half of them in 4 shares: 11.
    expect(lentTo(grantAll(bank(100), [asks(1, [4, 4], 2), asks(3, [4])]) ?? bank(0))).toEqual({ 1: 17, 3: 15 });
  });
  it("gives a shard that new orders do not go to only what it needs, and lends the root nothing", () => {
    expect(lentTo(grantAll(bank(100, [], 2), [asks(5, [4]), asks(0, [4])]) ?? bank(0))).toEqual({ 5: 4 });
  });
  it("gives nothing to anybody when there is not enough for all", () => {
    expect(grantAll(bank(7), [asks(1, [4]), asks(0, [4])])).toBeNull();
  });
});

describe("grantWhatFits", () => {
  it("serves whole orders in turn and passes over those that are too large", () => {
    const { bank: after, short, granted } = grantWhatFits(bank(5), [asks(1, [3, 3]), asks(0, [1]), asks(2, [2, 1])]);
    expect([lentTo(after), short, granted]).toEqual([{ 1: 3, 2: 1 }, [3, 2], 5]);
  });
});

describe("openRound", () => {
  it("asks nobody when the root has enough", () => {
    expect(openRound(bank(9, [5]), [asks(2, [1])])).toMatchObject({ kind: "done", verdict: null });
  });
  it("collects from every shard that may have units, and from no other", () => {
    const before = { ...bank(0, [5, 3]), accounts: [...bank(0, [5]).accounts, { shard: 2, lent: 3, regained: 3, productVersion: 1 }] };
    expect(openRound(before, [asks(2, [1])]).kind).toBe("collect");
    expect(toCollect(before)).toEqual([1]);
  });
  it("says at once that nothing is left when nothing is lent", () => {
    const step = openRound(bank(2), [asks(1, [3]), asks(2, [2])]);
    expect(step).toMatchObject({ kind: "done", verdict: { kind: "collected", atMost: 2, left: 2 } });
    expect(lentTo(step.bank)).toEqual({ 2: 2 });
  });
});

describe("afterCollect", () => {
  const round = collecting(openRound(bank(0, [5, 5]), [asks(1, [2])]));
  const nothing = [reading(1, { received: 5, raised: 5 }), reading(2, { received: 5, raised: 7 })];

  it("serves everybody from what came back, and forgets what the asker had when it asked", () => {
    const own = collecting(openRound(bank(0, [5, 5]), [asks(1, [2], 1)]));
    const step = afterCollect(bank(0, [5, 5]), own, {
      readings: [reading(1, { surrendered: 1 }), reading(2, { surrendered: 1 })],
      missing: 0,
    });
    expect(step).toMatchObject({ kind: "done", verdict: null });
    expect(lentTo(step.bank)).toEqual({ 1: 6, 2: 4 });
  });
  it("refuses nobody after one collect", () => {
    expect(afterCollect(bank(0, [5, 5]), round, { readings: nothing, missing: 0 })).toMatchObject({ kind: "collect" });
  });
  it("refuses after a second one in which nothing became more", () => {
    const again = collecting(afterCollect(bank(1, [5, 5]), round, { readings: nothing, missing: 0 }));
    const step = afterCollect(bank(1, [5, 5]), again, { readings: nothing, missing: 0 });
    expect(step).toMatchObject({ kind: "done", verdict: { kind: "collected", atMost: 1, left: 1 } });
  });
  it("counts what became more in between as left, though others took it", () => {
    const again = collecting(afterCollect(bank(0, [5, 5]), round, { readings: nothing, missing: 0 }));
    const moved = [reading(1, { received: 5, raised: 6 }), reading(2, { received: 5, raised: 8 })];
    // Two units may have been free at the instant in question: whoever wants two is not refused, and the shards are asked again.
    expect(afterCollect(bank(0, [5, 5]), again, { readings: moved, missing: 0 })).toMatchObject({
      kind: "collect",
      round: { collects: 2 },
    });
    const one = [nothing[0] ?? reading(1), reading(2, { received: 5, raised: 8 })];
    expect(afterCollect(bank(0, [5, 5]), again, { readings: one, missing: 0 })).toMatchObject({ verdict: { atMost: 1, left: 0 } });
  });
  it("says nothing when a shard is missing, but gives what has come", () => {
    const missing = { readings: [reading(2, { surrendered: 2, received: 5 })], missing: 1 };
    const two = collecting(openRound(bank(0, [5, 5]), [asks(1, [2, 2])]));
    const step = afterCollect(bank(0, [5, 5]), two, missing);
    expect(step).toMatchObject({ kind: "done", verdict: { kind: "unreachable" } });
    expect(lentTo(step.bank)).toEqual({ 1: 7, 2: 3 });
  });
  it("needs no second answer of a shard that has given everything back", () => {
    const readings = [reading(1, { received: 5, surrendered: 5 }), reading(2, { received: 5, surrendered: 5 })];
    const eleven = collecting(openRound(bank(0, [5, 5]), [asks(1, [11])]));
    const step = afterCollect(bank(0, [5, 5]), eleven, { readings, missing: 0 });
    expect(toCollect(step.bank)).toEqual([]);
    expect(afterCollect(step.bank, collecting(step), { readings: [], missing: 0 })).toMatchObject({ verdict: { atMost: 10, left: 10 } });
  });
  it("lets those who wait ask again, behind others, when the units never come to rest", () => {
    let step: RoundStep = { kind: "collect", bank: bank(0, [5, 5]), round };
    for (let raised = 0; step.kind === "collect" && raised < 100; raised += 9) {
      step = afterCollect(bank(0, [5, 5]), step.round, { readings: [reading(1, { raised }), reading(2)], missing: 0 });
    }
    expect(step).toMatchObject({ kind: "done", verdict: { atMost: 9 } });
  });
});
