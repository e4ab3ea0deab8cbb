/**
 * Counts of a quiet system. On a machine that others keep busy a deadline may ring, a message come again or what belongs together come apart,
 * and all of that would be counted. It is chance, so it does not come twice alike: a count is taken when two runs have come to it, or when it
 * is known from before.
 */
import { isDeepStrictEqual } from "node:util";
import type { Counts } from "./count-orders.ts";

export interface QuietCounting {
  /** Counts everything once. */
  readonly count: () => Promise<Counts>;
  /** Whether the document has these counts already. */
  readonly isKnown: (counts: Counts) => Promise<boolean>;
  /** Default 5. */
  readonly mostRuns?: number;
  /** Hears why another run is made. */
  readonly say?: (line: string) => void;
}

/** @throws Error with what has come out differently each time, and why runs have failed, when `mostRuns` were not enough. */
export async function countQuietly({ count, isKnown, mostRuns = 5, say = () => undefined }: QuietCounting): Promise<Counts> {
  const runs: Counts[] = [];
  const failures: string[] = [];
  for (let run = 1; run <= mostRuns; run += 1) {
    const counts = await count().catch((error: unknown) => void failures.push(String(error)));
    if (counts === undefined) {
      say(`run ${run} failed: ${failures.at(-1) ?? ""}`);
      continue;
    }
    runs.push(counts);
    if (await isKnown(counts)) return counts;
    const agreed = agreedOf(runs);
    if (agreed !== null) return agreed;
    const open = openUnits(runs).map(([name]) => name);
    say(`run ${run} is not what the document says${runs.length > 1 ? `; not counted twice alike: ${open.join(", ")}` : ""}`);
  }
  throw new Error(giveUpMessage(mostRuns, { runs, failures }));
}

/** What is counted together, by name. One that is disturbed leaves the others as they are. */
const journeysOf = (runs: readonly Counts[]): readonly Counts["journeys"][] => runs.map(({ journeys }) => journeys);
const othersOf = (runs: readonly Counts[]): readonly Omit<Counts, "journeys">[] => runs.map(({ journeys: _, ...others }) => others);

/** Each as two runs have counted it; null as long as there is one that they have not. */
function agreedOf(runs: readonly Counts[]): Counts | null {
  if (openUnits(runs).length > 0) return null;
  return { ...agreedMembers(othersOf(runs)), journeys: agreedMembers(journeysOf(runs)) };
}

const agreedMembers = <T extends object>(runs: readonly T[]): T =>
  Object.fromEntries(membersOf(runs).map(([name, values]) => [name, twiceAlike(values)])) as T;

/** Each member with its values in all runs. */
const membersOf = <T extends object>(runs: readonly T[]): (readonly [string, readonly unknown[]])[] =>
  Object.keys(runs[0] ?? {}).map((name) => [name, runs.map((run) => run[name as keyof T])]);

const twiceAlike = (values: readonly unknown[]): unknown =>
  values.find((value, index) => values.slice(index + 1).some((other) => isDeepStrictEqual(value, other)));

/** What no two runs have counted alike, with what they have counted. */
const openUnits = (runs: readonly Counts[]): (readonly [string, readonly unknown[]])[] =>
  [...membersOf(journeysOf(runs)).map(([name, values]) => [`journey ${name}`, values] as const), ...membersOf(othersOf(runs))].filter(
    ([, values]) => twiceAlike(values) === undefined,
  );

function giveUpMessage(
  mostRuns: number,
  { runs, failures }: { readonly runs: readonly Counts[]; readonly failures: readonly string[] },
): string {
  const lines = [
    `The counts are not those of a quiet system: in ${mostRuns} runs not everything was counted twice alike. Something else keeps this machine busy; count again when it is idle.`,
    ...openUnits(runs).map(([name, values]) => `- ${name}: ${differences(values)}`),
    ...[...new Set(failures)].map((failure) => `- a run failed: ${failure}`),
  ];
  return lines.join("\n");
}

/** Of one unit in several runs: each figure that is not the same in all of them, `figure 3, 3, 4`. */
function differences(values: readonly unknown[]): string {
  const leaves = values.map((value) => new Map(leavesOf("", value)));
  const paths = [...new Set(leaves.flatMap((run) => [...run.keys()]))];
  const differing = paths.filter((path) => new Set(leaves.map((run) => run.get(path))).size > 1);
  return differing.map((path) => `${path} ${leaves.map((run) => run.get(path) ?? "none").join(", ")}`).join("; ");
}

function leavesOf(path: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, part]) => leavesOf(path === "" ? key : `${path}.${key}`, part));
}
