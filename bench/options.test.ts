import { describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

describe("readOptions", () => {
  it("without any, everything is measured", () => {
    expect(readOptions([])).toMatchObject({
      systems: ["holdfast", "floor", "restate", "dbos", "postgres"],
      clients: [1, 32, 128],
      skus: [100, 1],
      shards: [1, 4, 16],
      open: [100, 500, 1_000],
      rounds: 3,
      measureMs: 10_000,
      holdfastVars: [{}],
    });
  });

  it("quick is shorter, and what is said goes before it", () => {
    expect(readOptions(["--quick"])).toMatchObject({ clients: [1, 32], shards: [], open: [], measureMs: 1_500 });
    expect(readOptions(["--quick", "--seconds", "4", "--clients", "128", "--open", "100"])).toMatchObject({
      clients: [128],
      open: [100],
      measureMs: 4_000,
    });
  });

  it("an empty list leaves a kind of scenario out", () => {
    expect(readOptions(["--shards", "", "--open", ""])).toMatchObject({ shards: [], open: [] });
  });

  it("every number of hosts is a placement, with the vars laid over", () => {
    expect(readOptions(["--hosts", "1,4", "--vars", "A=b,C=d=e"]).holdfastVars).toEqual([
      { A: "b", C: "d=e", ORDER_HOSTS: "1" },
      { A: "b", C: "d=e", ORDER_HOSTS: "4" },
    ]);
  });

  it.each([
    [["--systems", "holdfast,oracle"]],
    [["--clients", "0"]],
    [["--clients", ""]],
    [["--clients", "32;64"]],
    [["--seconds", "0"]],
    [["--rounds", "2.5"]],
    [["--fast"]],
    [["stray"]],
  ])("refuses %j with the usage", (args) => {
    expect(() => readOptions(args)).toThrow("npm run bench -- [options]");
  });
});
