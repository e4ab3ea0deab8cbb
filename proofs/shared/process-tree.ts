/** The processes below one of ours, read from /proc (Linux). */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The program's name as the kernel keeps it, cut to 15 characters. */
  readonly command: string;
  /** The kernel's letter: R running, S sleeping, Z ended and not yet noticed by its parent, and so on. */
  readonly state: string;
}

/** All descendants, children before their parents. Those that end while this looks are left out. */
export async function descendantsOf(pid: number): Promise<readonly ProcessEntry[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const entries = (await Promise.all(names.map(readEntry))).filter((entry) => entry !== undefined);
  const below = (parent: number): ProcessEntry[] =>
    entries.filter((entry) => entry.parent === parent).flatMap((entry) => [...below(entry.pid), entry]);
  return below(pid);
}

/**
 * SIGKILLs a process and all below it, children before their parent can do anything about it, and waits until none of them
 * runs any more, so that nobody else still has their files open.
 */
export async function killTree(pid: number): Promise<void> {
  const doomed = [...(await descendantsOf(pid)).map((entry) => entry.pid), pid];
  for (const each of doomed) killProcess(each);
  while ((await Promise.all(doomed.map(isRunning))).includes(true)) await sleep(goneAgainMs);
}

/** How long between two looks at whether a killed process is gone, ms. */
const goneAgainMs = 5;

/** SIGKILL; one that is gone already is what was wanted. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

/** The environment a process was started with, as `NAME=value`; nothing when it has ended, or is not ours to read. */
export async function environmentOf(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
}

/** A process that has ended and waits for its parent to notice runs no more. */
async function isRunning(pid: number): Promise<boolean> {
  const entry = await readEntry(String(pid));
  return entry !== undefined && entry.state !== "Z";
}

async function readEntry(name: string): Promise<ProcessEntry | undefined> {
  const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
  const [, command, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
  if (command === undefined || state === undefined || parent === undefined) return undefined;
  return { pid: Number(name), parent: Number(parent), command, state };
}
