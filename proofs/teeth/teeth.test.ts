/** Every seeded bug still fits the source that ships. That each is caught is `npm run prove:teeth`, and for some `teeth.sim.test.ts`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seededBugs } from "./bugs.ts";
import { applyBug } from "./seeded-bug.ts";
import { projectRoot } from "./source-copy.ts";

describe("seededBugs", () => {
  it.each(seededBugs)("$name finds its place, once", (bug) => {
    const source = readFileSync(join(projectRoot, bug.file), "utf8");
    expect(applyBug(source, bug)).not.toBe(source);
  });

  it("are at least 20, and no two have the same name", () => {
    expect(new Set(seededBugs.map(({ name }) => name)).size).toBe(seededBugs.length);
    expect(seededBugs.length).toBeGreaterThanOrEqual(20);
  });

  it("a bug whose place is gone, or is there twice, is refused", () => {
    const bug = { name: "gone", breaks: "", file: "a.ts", find: "b", replace: "c", caughtBy: { kind: "pairs" } } as const;
    expect(() => applyBug("a", bug)).toThrow("gone: its place was found 0 times in a.ts, not once");
    expect(() => applyBug("bb", bug)).toThrow("2 times");
  });
});
