/**
 * `npm run prove:teeth -- [--only name] [--list]`
 *
 * Puts one bug after the other into a copy of the source and runs the proof that must find it. First the copy is proven as it
 * is, by the same detectors and as far as they go for any bug. Exit code 1 when a bug is missed or no longer fits the source.
 */
import { parseArgs } from "node:util";
import { nodeProcess } from "../shared/node-process.ts";
import { seededBugs } from "./bugs.ts";
import { detect, runTests } from "./detectors.ts";
import type { Verdict } from "./run-simulation.ts";
import { defaultSeeds, detectorsOf, type Detector, type SeededBug } from "./seeded-bug.ts";
import { SourceCopy } from "./source-copy.ts";

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1_000;

const shortened = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/0{20,}/g, "0..")
    .slice(0, 160);

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean", default: false } } });
  const bugs = seededBugs.filter(({ name }) => values.only === undefined || name === values.only);
  if (values.list) {
    for (const { name, breaks } of bugs) console.log(`${name.padEnd(48)} ${breaks}`);
    return;
  }
  if (bugs.length === 0) throw new Error(`There is no bug named ${values.only ?? ""}`);
  using copy = new SourceCopy();
  if (!(await isSound(copy, bugs))) nodeProcess.exitCode = 1;
  else await bite(copy, bugs);
}

/** The detectors find nothing in the source as it is. */
async function isSound({ root }: SourceCopy, bugs: readonly SeededBug[]): Promise<boolean> {
  const detectors = bugs.flatMap(detectorsOf);
  for (const [what, run] of baselines(root, detectors)) {
    const startedMs = performance.now();
    const verdict = await run();
    console.log(`no bug: ${what}: ${verdict.kind} (${describe(verdict)}), ${secondsSince(startedMs).toFixed(0)} s`);
    if (verdict.kind !== "held") return false;
  }
  return true;
}

function baselines(root: string, detectors: readonly Detector[]): readonly (readonly [string, () => Promise<Verdict>])[] {
  const seeds = Math.max(0, ...detectors.map((detector) => (detector.kind === "sim" ? (detector.seeds ?? defaultSeeds) : 0)));
  const tests = (["unit", "workerd"] as const).map((kind) => {
    const files = [...new Set(detectors.flatMap((detector) => (detector.kind === kind ? [detector.file] : [])))];
    return { kind, files };
  });
  return [
    ...(seeds === 0 ? [] : [["sim", () => detect(root, { kind: "sim", seeds })] as const]),
    ...(detectors.some(({ kind }) => kind === "pairs") ? [["pairs", () => detect(root, { kind: "pairs" })] as const] : []),
    ...tests.filter(({ files }) => files.length > 0).map(({ kind, files }) => [kind, () => runTests(root, kind, files)] as const),
  ];
}

async function bite(copy: SourceCopy, bugs: readonly SeededBug[]): Promise<void> {
  const startedMs = performance.now();
  let caught = 0;
  for (const bug of bugs) {
    const verdicts: Verdict[] = [];
    for (const detector of detectorsOf(bug)) verdicts.push(await biteOnce(copy, bug, detector));
    if (verdicts.every(({ kind }) => kind === "found")) caught += 1;
  }
  const missed = bugs.length - caught;
  console.log(
    `prove:teeth  ${bugs.length} bugs, ${caught} caught, ${missed} missed, ${secondsSince(startedMs).toFixed(0)} s: ${missed === 0 ? "held" : "FAILED"}`,
  );
  if (missed > 0) nodeProcess.exitCode = 1;
}

async function biteOnce(copy: SourceCopy, bug: SeededBug, detector: Detector): Promise<Verdict> {
  const startedMs = performance.now();
  const verdict = await copy.with(bug, () => detect(copy.root, detector));
  const seconds = secondsSince(startedMs).toFixed(1).padStart(6);
  const result = verdict.kind === "found" ? detector.kind : verdict.kind === "held" ? "MISSED" : "BROKEN";
  console.log(`${bug.name.padEnd(48)} ${result.padEnd(8)} ${seconds} s  ${describe(verdict)}`);
  return verdict;
}

function describe(verdict: Verdict): string {
  switch (verdict.kind) {
    case "held":
      return verdict.after;
    case "found":
      return [verdict.after, shortened(verdict.what)].filter((text) => text !== "").join(": ");
    case "broken":
      return shortened(verdict.what);
  }
}
