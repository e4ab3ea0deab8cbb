/** The processes that this run has started, however far below it and whoever is their parent now: they carry its mark. */
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

const variable = "HOLDFAST_PROOF_RUN";
const mark = randomUUID();

/** From now on everything that is started carries the mark. */
export function markOwnProcesses(): void {
  process.env[variable] = mark;
}

/** @param command The program's name. @returns Ids of those that run; one that has ended and not been noticed does not. */
export async function ownProcesses(command: string): Promise<readonly number[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const own = await Promise.all(names.map(async (name) => ((await isOwn(name, command)) ? [Number(name)] : [])));
  return own.flat();
}

async function isOwn(name: string, command: string): Promise<boolean> {
  if ((await readProc(name, "comm")).trim() !== command) return false;
  return (await readProc(name, "environ")).split("\0").includes(`${variable}=${mark}`);
}

const readProc = (name: string, file: string): Promise<string> => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "");
