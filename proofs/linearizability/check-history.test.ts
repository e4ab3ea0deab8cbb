import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../shared/random.ts";
import { checkHistory, type Model } from "./check-history.ts";
import type { Call } from "./history.ts";
import { createLedgerModel, type Levels, type LedgerInput, type LedgerOutput } from "./ledger-model.ts";
import { recordHistories, shortLives } from "./record-histories.ts";
import { RacyStock, stockBugs, type StockBug } from "./testing/racy-stock.ts";

type Register = { readonly kind: "read" } | { readonly kind: "write"; readonly value: number };
/** A register of one number: what the literature's examples are about. A write answers nothing. */
const register: Model<number, Register, number | "ok"> = {
  initial: 0,
  step: (state, input, output) => {
    if (input.kind === "write") return input.value;
    return output === undefined || output === state ? state : null;
  },
  key: String,
};

/** `[invoked, ended, input, output]`; "?" for what nobody knows. */
type Line<Input, Output> = readonly [number, number, Input, Output | "?"];
const calls = <Input, Output>(lines: readonly Line<Input, Output>[]): readonly Call<Input, Output>[] =>
  lines.map(([invokedAt, endedAt, input, output]) => ({ invokedAt, endedAt, input, output: output === "?" ? undefined : output }));
const read = { kind: "read" } as const;
const write = (value: number): Register => ({ kind: "write", value });
const never = Infinity;

describe("checkHistory of a register", () => {
  const verdict = (lines: readonly Line<Register, number | "ok">[]) => checkHistory(register, calls(lines)).kind;

  it.each<[string, readonly Line<Register, number | "ok">[]]>([
    ["nothing", []],
    [
      "one after the other",
      [
        [1, 2, write(1), "ok"],
        [3, 4, read, 1],
      ],
    ],
    [
      "a read beside a write may see either value: the new",
      [
        [1, 4, write(1), "ok"],
        [2, 3, read, 1],
      ],
    ],
    [
      "or the old",
      [
        [1, 4, write(1), "ok"],
        [2, 3, read, 0],
      ],
    ],
    [
      "two reads beside a write see old, then new",
      [
        [1, 6, write(1), "ok"],
        [2, 3, read, 0],
        [4, 5, read, 1],
      ],
    ],
    [
      "a write whose outcome is unknown may never have happened",
      [
        [1, never, write(1), "?"],
        [2, 3, read, 0],
        [4, 5, read, 0],
      ],
    ],
    [
      "or have happened",
      [
        [1, never, write(1), "?"],
        [2, 3, read, 1],
      ],
    ],
    [
      "or happen late",
      [
        [1, never, write(1), "?"],
        [2, 3, read, 0],
        [4, 5, read, 1],
      ],
    ],
    [
      "a lost write happens before its end",
      [
        [1, 4, write(1), "?"],
        [2, 3, read, 0],
        [5, 6, read, 1],
      ],
    ],
    [
      "two lost writes in either order",
      [
        [1, 5, write(1), "?"],
        [2, 6, write(2), "?"],
        [7, 8, read, 1],
      ],
    ],
  ])("explains %s", (_name, lines) => {
    expect(verdict(lines)).toBe("linearizable");
  });

  it.each<[string, readonly Line<Register, number | "ok">[]]>([
    [
      "a stale read",
      [
        [1, 2, write(1), "ok"],
        [3, 4, read, 0],
      ],
    ],
    ["a value from nowhere", [[1, 2, read, 7]]],
    [
      "new, then old again",
      [
        [1, 6, write(1), "ok"],
        [2, 3, read, 1],
        [4, 5, read, 0],
      ],
    ],
    [
      "two readers who see two writes in different orders",
      [
        [1, 2, write(1), "ok"],
        [3, 12, write(2), "ok"],
        [4, 5, read, 2],
        [6, 7, read, 1],
      ],
    ],
    [
      "an unknown write that happens and then has not",
      [
        [1, never, write(1), "?"],
        [2, 3, read, 1],
        [4, 5, read, 0],
      ],
    ],
    [
      "an unknown write seen before it was asked for",
      [
        [1, 2, read, 1],
        [3, never, write(1), "?"],
      ],
    ],
    [
      "a lost write that happens after its end",
      [
        [1, 4, write(1), "?"],
        [5, 6, read, 0],
        [7, 8, read, 1],
      ],
    ],
    [
      "a lost write that happens twice",
      [
        [1, 4, write(1), "?"],
        [5, 6, read, 1],
        [7, 8, write(2), "ok"],
        [9, 10, read, 1],
      ],
    ],
  ])("refuses %s", (_name, lines) => {
    expect(verdict(lines)).toBe("violated");
  });

  it("names the answer that cannot be explained, and what the object can have been", () => {
    const history = calls<Register, number | "ok">([
      [1, 2, write(1), "ok"],
      [3, 4, read, 0],
    ]);
    expect(checkHistory(register, history)).toMatchObject({ unexplained: history[1], states: [1] });
  });

  it("does not call a history good that it has not searched", () => {
    const writes = Array.from({ length: 8 }, (_, index): Line<Register, "ok"> => [index, 20 + index, write(index), "ok"]);
    expect(checkHistory(register, calls(writes), { budget: 100 }).kind).toBe("undecided");
  });
});

/** Every order of every choice of the calls that respects time: what linearizable means, and far too slow for anything long. */
function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  { state, left }: { state: State; left: readonly Call<Input, Output>[] },
): boolean {
  if (left.every((call) => call.output === undefined)) return true;
  return left.some((call) => {
    const later = left.filter((other) => other !== call);
    // Whatever had to have ended before this one began has happened, or, if it was lost, never will.
    const isTooLate = later.some((other) => other.output !== undefined && other.endedAt < call.invokedAt);
    const after = isTooLate ? null : model.step(state, call.input, call.output);
    if (after === null) return false;
    return isLinearizable(model, { state: after, left: later.filter((other) => other.endedAt >= call.invokedAt) });
  });
}

const arbitraryHistory = fc
  .array(
    fc.record({
      from: fc.integer({ min: 0, max: 30 }),
      length: fc.integer({ min: 1, max: 12 }),
      input: fc.oneof(fc.constant(read), fc.integer({ min: 0, max: 2 }).map(write)),
      value: fc.integer({ min: 0, max: 2 }),
      fate: fc.constantFrom("answered", "answered", "answered", "lost", "unknown"),
    }),
    { maxLength: 6 },
  )
  .map((entries) =>
    entries.map(({ from, length, input, value, fate }, index): Call<Register, number | "ok"> => {
      const output = input.kind === "read" ? value : "ok";
      const endedAt = fate === "unknown" ? Infinity : from + length + index / 100;
      return { input, invokedAt: from + index / 100, endedAt, output: fate === "answered" ? output : undefined };
    }),
  );

describe("checkHistory", () => {
  it("says what trying every order says", () => {
    const seen = { linearizable: 0, violated: 0 };
    fc.assert(
      fc.property(arbitraryHistory, (history) => {
        const expected = isLinearizable(register, { state: register.initial, left: history }) ? "linearizable" : "violated";
        seen[expected] += 1;
        expect(checkHistory(register, history).kind).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    // Both have been seen often: the comparison is no empty one.
    expect(Math.min(seen.linearizable, seen.violated)).toBeGreaterThan(200);
  });
});

describe("checkHistory of a ledger", () => {
  const levels = (received: number, reserved: number, sold = 0): LedgerOutput => ({
    kind: "levels",
    levels: { received, reserved, sold, on_hand: received - sold, available: received - sold - reserved } satisfies Levels,
  });
  const receive = { kind: "receive", id: "in", quantity: 5 } as const;
  const reserve = (id: string, quantity = 3): LedgerInput => ({ kind: "reserve", id, quantity });
  const release = (id: string, quantity = 3): LedgerInput => ({ kind: "release", id, quantity });
  const order = { kind: "order", id: "o", quantity: 3 } as const;
  const sell = { kind: "sell", id: "o", quantity: 3 } as const;
  const verdict = (lines: readonly Line<LedgerInput, LedgerOutput>[]) => checkHistory(createLedgerModel(), calls(lines)).kind;
  const begin: Line<LedgerInput, LedgerOutput> = [1, 2, receive, levels(5, 0)];

  it.each<[string, readonly Line<LedgerInput, LedgerOutput>[]]>([
    [
      "two holds at once, of which one finds too little",
      [begin, [3, 6, reserve("a"), levels(5, 3)], [4, 5, reserve("b"), { kind: "out_of_stock", available: 2 }]],
    ],
    [
      "a hold that was lost, and asked for again",
      [begin, [3, 4, reserve("a"), "?"], [5, 6, reserve("a"), levels(5, 3)], [7, 8, read, levels(5, 3)]],
    ],
    ["a delivery booked once, announced twice", [begin, [3, 4, receive, levels(5, 0)]]],
    ["a release before its reserve", [begin, [3, 4, release("a"), levels(5, 0)], [5, 6, reserve("a"), { kind: "conflict" }]]],
    [
      "an order, and its sale some time later",
      [begin, [3, 5, order, { kind: "done" }], [4, never, sell, "?"], [6, 7, read, levels(5, 3)], [8, 9, read, levels(5, 0, 3)]],
    ],
  ])("explains %s", (_name, lines) => {
    expect(verdict(lines)).toBe("linearizable");
  });

  it.each<[string, readonly Line<LedgerInput, LedgerOutput>[]]>([
    ["an oversold unit", [begin, [3, 6, reserve("a"), levels(5, 3)], [4, 5, reserve("b"), levels(5, 3)]]],
    ["a lost update", [begin, [3, 6, reserve("a", 1), levels(5, 1)], [4, 5, reserve("b", 1), levels(5, 1)], [7, 8, read, levels(5, 1)]]],
    ["a delivery booked twice", [begin, [3, 4, receive, levels(10, 0)]]],
    ["a refusal while there was enough", [begin, [3, 4, reserve("a"), { kind: "out_of_stock", available: 2 }]]],
    ["units given back twice", [begin, [3, 4, reserve("a"), levels(5, 3)], [5, 6, release("a"), levels(5, 0)], [7, 8, read, levels(8, 0)]]],
    ["an acknowledged hold that a crash took back", [begin, [3, 4, reserve("a"), levels(5, 3)], [5, 6, read, levels(5, 0)]]],
    ["a sale that nobody made", [begin, [3, 4, read, levels(5, 0, 3)]]],
    [
      "a sale taken back",
      [begin, [3, 4, order, { kind: "done" }], [3.5, never, sell, "?"], [5, 6, read, levels(5, 0, 3)], [7, 8, read, levels(5, 3)]],
    ],
    ["an answer that no ledger gives", [[1, 2, read, { kind: "other", status: 404, code: "not_found" }]]],
  ])("refuses %s", (_name, lines) => {
    expect(verdict(lines)).toBe("violated");
  });
});

describe("the proof, on a stock keeper in memory", () => {
  const kills = 6;
  /** The first seed whose histories are refused. */
  async function firstRefused(seeds: number, bug?: StockBug): Promise<number | undefined> {
    for (let seed = 1; seed <= seeds; seed += 1) {
      const random = seededRandom(seed);
      const target = new RacyStock(random.fork("stock"), bug);
      const histories = recordHistories({ target, random, goOn: (done) => done < kills, run: "test", size: shortLives });
      for await (const { history } of histories) {
        const verdict = checkHistory(createLedgerModel(), history.calls);
        if (verdict.kind !== "linearizable") return seed;
      }
    }
    return undefined;
  }

  it("finds nothing in a correct one", async () => {
    expect(await firstRefused(2)).toBeUndefined();
  });

  it.each(stockBugs)("finds %s", async (bug) => {
    expect(await firstRefused(4, bug)).toBeDefined();
  });
});
