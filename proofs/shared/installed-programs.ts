/** Where PostgreSQL and other servers of this machine are, for what runs its own copies of them. */
import { accessSync, constants, readdirSync } from "node:fs";
import { join } from "node:path";

const onPath = (process.env["PATH"] ?? "").split(":").filter((dir) => dir !== "");

/** A program on the PATH; undefined when it is not installed. */
export const findProgram = (name: string): string | undefined => onPath.map((dir) => join(dir, name)).find(isExecutable);

/** The directory of PostgreSQL's programs; undefined when it is not installed. */
export const findPostgresBin = (): string | undefined =>
  [...debianBins(), ...onPath].find((dir) => ["initdb", "postgres"].every((name) => isExecutable(join(dir, name))));

/** Debian keeps the servers of several versions beside each other; the newest first. */
function debianBins(): readonly string[] {
  const root = "/usr/lib/postgresql";
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(root, version, "bin"));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
