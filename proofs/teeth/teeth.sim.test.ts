/** The short form of `npm run prove:teeth`: some of the bugs, and none of them, in a copy of the source. */
import { afterAll, expect, it } from "vitest";
import { seededBugs } from "./bugs.ts";
import { detect } from "./detectors.ts";
import { detectorsOf, type SeededBug } from "./seeded-bug.ts";
import { SourceCopy } from "./source-copy.ts";

const copy = new SourceCopy();
afterAll(() => copy[Symbol.dispose]());

const names: readonly string[] = [
  "timeout-taken-for-a-decline",
  "no-tombstone",
  "told-before-the-commit",
  "alarm-armed-after-the-transaction",
  "answer-taken-up-before-it-is-saved",
];
const some = seededBugs.filter(({ name }) => names.includes(name)).flatMap(inSimulation);

function inSimulation(bug: SeededBug) {
  const detectors = detectorsOf(bug).filter(({ kind }) => kind === "sim" || kind === "pairs");
  return detectors.map((detector) => ({ name: bug.name, bug, detector }));
}

it("the simulation finds nothing in the source as it is", async () => {
  expect(await detect(copy.root, { kind: "sim", seeds: 200 })).toMatchObject({ kind: "held" });
});

it.each(some)("the simulation finds $name", async ({ bug, detector }) => {
  expect(await copy.with(bug, () => detect(copy.root, detector))).toMatchObject({ kind: "found" });
});

it("all of these are seeded", () => {
  expect(some).toHaveLength(names.length);
});
