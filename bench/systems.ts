/** The systems that can be measured, and which of them are asked for. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setting } from "../local/project.ts";
import { buildOnce } from "./holdfast/build-once.ts";
import { holdfast } from "./holdfast/system.ts";
import { installPeers } from "./install-peers.ts";
import type { Options } from "./options.ts";
import { floorSystems } from "./peers/floor/system.ts";
import type { RecordsChoice } from "./records.ts";
import { findPostgresBin } from "../proofs/shared/installed-programs.ts";
import type { BenchSystem, SystemName } from "./system.ts";

/** Those of the floor that `--quick` measures: the best without records and the best with them. */
const quickShapes = ["1 host, joined, stock pooled, gateway apart", "1 host, joined, stock pooled, gateway apart, with records"];

export interface Surroundings {
  /** The run's own. */
  readonly directory: string;
  readonly say: (line: string) => void;
  /** For the report as well: what is not measured though it was asked for. */
  readonly note: (line: string) => void;
}

export async function chooseSystems(options: Options, surroundings: Surroundings): Promise<readonly BenchSystem[]> {
  const chosen: BenchSystem[] = [];
  for (const name of options.systems) chosen.push(...(await systemsNamed(name, options, surroundings)));
  const wanted = options.placements?.split(";");
  return wanted === undefined ? chosen : chosen.filter(({ placement }) => wanted.some((part) => placement.includes(part)));
}

async function systemsNamed(name: SystemName, options: Options, surroundings: Surroundings): Promise<readonly BenchSystem[]> {
  switch (name) {
    case "holdfast":
      return chooseHoldfast(options, surroundings.directory);
    case "floor":
      return chooseFloor(options, surroundings);
    case "restate":
    case "dbos":
    case "postgres":
      return loadPeer(name, surroundings);
  }
}

function chooseFloor(options: Options, { note }: Surroundings): readonly BenchSystem[] {
  const records = chooseRecords(options);
  if (records.kind === "pglite") note("floor: its shapes with records are left out: they need PostgreSQL");
  const all = floorSystems(records);
  return options.quick && options.placements === undefined ? all.filter(({ placement }) => quickShapes.includes(placement)) : all;
}

/** One system for each set of vars, all on one build. */
export function chooseHoldfast(options: Pick<Options, "records" | "holdfastVars">, directory: string): readonly BenchSystem[] {
  const installBuild = buildOnce(join(directory, "build"));
  const records = chooseRecords(options);
  return options.holdfastVars.map((vars) => holdfast({ records, vars, installBuild }));
}

/** @throws Error when PostgreSQL is asked for and not installed. */
export function chooseRecords({ records }: Pick<Options, "records">): RecordsChoice {
  const url = setting("HOLDFAST_POSTGRES_URL");
  if (records === "pglite") return { kind: "pglite" };
  if (url !== undefined) return { kind: "named", url };
  const isInstalled = findPostgresBin() !== undefined;
  if (records === "postgres" && !isInstalled) throw new Error("PostgreSQL is not installed");
  return isInstalled ? { kind: "own" } : { kind: "pglite" };
}

/** A peer's code needs packages of its own, which are installed only when it is measured, so it is loaded only then. */
async function loadPeer(name: SystemName, { say, note }: Surroundings): Promise<readonly BenchSystem[]> {
  const path = fileURLToPath(new URL(`peers/${name}/system.ts`, import.meta.url));
  if (!existsSync(path)) return leaveOut(name, note, `${path} is not there`);
  const failure = await installPeers(say);
  if (failure !== undefined) return leaveOut(name, note, failure);
  const module = (await import(path)) as Record<string, unknown>;
  return Object.values(module).flat().filter(isBenchSystem);
}

function leaveOut(name: SystemName, note: Surroundings["note"], reason: string): readonly BenchSystem[] {
  note(`${name} is left out: ${reason}`);
  return [];
}

const isBenchSystem = (value: unknown): value is BenchSystem =>
  typeof value === "object" && value !== null && "system" in value && "placement" in value && "start" in value;
