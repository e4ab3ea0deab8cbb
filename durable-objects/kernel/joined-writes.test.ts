import { describe, expect, it } from "vitest";
import type { AlarmScheduler, Written } from "./alarm-scheduler.ts";
import { JoinedWrites } from "./joined-writes.ts";

/** A table of lines in memory: a transaction that throws leaves it as it was. */
function someTables() {
  let lines: string[] = [];
  const seen = { transactions: 0, armed: [] as number[], forgotten: 0 };
  const warnings: object[] = [];
  const storage = {
    transactionSync: <Result>(work: () => Result): Result => {
      const before = [...lines];
      seen.transactions += 1;
      try {
        return work();
      } catch (error) {
        lines = before;
        throw error;
      }
    },
    transaction: async <Result>(work: (transaction: { rollback(): void }) => Promise<Result>): Promise<Result> => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const before = [...lines];
      seen.transactions += 1;
      const result = await work({ rollback: () => (lines = before) });
      await new Promise((resolve) => setTimeout(resolve, 0));
      return result;
    },
  };
  const alarms = { arm: (atMs: number) => void seen.armed.push(atMs), forget: () => void (seen.forgotten += 1) };
  const tables = { storage: storage as unknown as DurableObjectStorage, alarms: alarms as unknown as AlarmScheduler };
  const writes = new JoinedWrites(tables, { warn: (_message, fields) => void warnings.push(fields ?? {}) });
  const write = (line: string, dueAtMs = Infinity): (() => Written<string>) => {
    return () => {
      lines.push(line);
      if (line === "bad") throw new Error("bad");
      return { result: `${line} written`, dueAtMs };
    };
  };
  return { lines: () => lines, seen, warnings, writes, write };
}

describe("JoinedWrites.write", () => {
  it("makes one transaction, with one alarm, of what is written in the same moment", async () => {
    const { lines, seen, writes, write } = someTables();
    const results: string[] = [];
    const take = (result: string): void => void results.push(result);
    await Promise.all([writes.write(write("a", 300), take), writes.write(write("b", 200), take), writes.write(write("c"), take)]);
    expect(lines()).toEqual(["a", "b", "c"]);
    expect(results).toEqual(["a written", "b written", "c written"]);
    expect(seen).toEqual({ transactions: 1, armed: [200], forgotten: 0 });
  });

  it("fails the one that throws, and not its neighbours, and says why nothing was written together", async () => {
    const { lines, warnings, writes, write } = someTables();
    const results: string[] = [];
    const outcomes = await Promise.allSettled(["a", "bad", "c"].map((line) => writes.write(write(line), (result) => results.push(result))));
    expect(outcomes).toMatchObject([{ status: "fulfilled" }, { reason: { message: "bad" } }, { status: "fulfilled" }]);
    expect(lines()).toEqual(["a", "c"]);
    expect(results).toEqual(["a written", "c written"]);
    expect(warnings).toEqual([{ changes: 3, error: expect.stringContaining("bad") as string }]);
  });

  it("leaves nobody waiting when what takes a result over throws", async () => {
    const { lines, writes, write } = someTables();
    const outcomes = ["a", "b", "c"].map((line) =>
      writes.write(write(line), (result) => {
        if (result === "a written") throw new Error("a defect");
      }),
    );
    expect(await Promise.allSettled(outcomes)).toMatchObject([
      { reason: { message: "a defect" } },
      { value: undefined },
      { value: undefined },
    ]);
    expect(lines()).toEqual(["a", "b", "c"]);
  });

  it("hands over what is written before anybody who waits goes on", async () => {
    const { writes, write } = someTables();
    const order: string[] = [];
    const one = writes.write(write("a"), () => order.push("a handed over")).then(() => order.push("a goes on"));
    const other = writes.write(write("b"), () => order.push("b handed over")).then(() => order.push("b goes on"));
    await Promise.all([one, other]);
    expect(order).toEqual(["a handed over", "b handed over", "a goes on", "b goes on"]);
  });
});
