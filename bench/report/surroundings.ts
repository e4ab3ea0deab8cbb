/** The machine and the versions that a report is worth nothing without. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { measureSync } from "../measure/disk.ts";
import { findPostgresBin } from "../../proofs/shared/installed-programs.ts";
import type { BenchReport, Machine } from "./bench-report.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param directory On the disk to be measured. */
export function describeMachine(directory: string): Machine {
  const { p50Ms, p99Ms } = measureSync(directory);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory_gb: totalmem() / 2 ** 30,
    kernel: release(),
    file_system: output("findmnt", ["--noheadings", "--output=FSTYPE", "--target", directory])?.split("\n")[0] ?? "unknown",
    sync_p50_ms: p50Ms,
    sync_p99_ms: p99Ms,
  };
}

/** Those of what was measured; what is not installed is not named. */
export function readVersions(): BenchReport["versions"] {
  const postgres = findPostgresBin();
  const versions = {
    holdfast: output("git", ["-C", root, "describe", "--always", "--dirty"]),
    node: process.version.slice(1),
    workerd: packageVersion("node_modules/workerd"),
    miniflare: packageVersion("node_modules/miniflare"),
    postgresql:
      postgres === undefined ? undefined : output(join(postgres, "postgres"), ["--version"])?.replace(/^postgres \(PostgreSQL\) /, ""),
    "@restatedev/restate-server": packageVersion("bench/peers/node_modules/@restatedev/restate-server"),
    "@restatedev/restate-sdk": packageVersion("bench/peers/node_modules/@restatedev/restate-sdk"),
    "@dbos-inc/dbos-sdk": packageVersion("bench/peers/node_modules/@dbos-inc/dbos-sdk"),
  };
  return Object.fromEntries(Object.entries(versions).flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])));
}

function packageVersion(path: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as { readonly version: string }).version;
  } catch {
    return undefined;
  }
}

function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
