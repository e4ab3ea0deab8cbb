/** What processes have used so far, read from /proc (Linux). Threads are included; a process that is gone counts nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Pids by process name. */
export type ProcessGroups = Readonly<Record<string, readonly number[]>>;

export interface ProcessUsage {
  /** User and system, ms, with children that have ended and been waited for. The kernel counts in steps of 10 ms. */
  readonly cpuMs: number;
  /** Caused to be written to the disk; null where the kernel does not say (another user's process). */
  readonly writtenBytes: number | null;
}

/** By pid, so that a process that starts or ends between two readings is seen. */
export type UsageReading = ReadonlyMap<number, ProcessUsage & { readonly name: string }>;

/** Milliseconds of one tick of the kernel's clock: 10 unless the kernel says otherwise. */
const tickMs = 1_000 / readTicksPerSecond();

function readTicksPerSecond(): number {
  try {
    return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  } catch {
    return 100;
  }
}

export function readUsage(groups: ProcessGroups): UsageReading {
  const pids = Object.entries(groups).flatMap(([name, members]) => members.map((pid) => ({ name, pid })));
  return new Map(
    pids.flatMap(({ name, pid }) => {
      const cpuMs = readCpuMs(pid);
      return cpuMs === undefined ? [] : [[pid, { name, cpuMs, writtenBytes: readWritten(pid) }] as const];
    }),
  );
}

export interface GroupUsage {
  readonly cpuMs: number;
  readonly writtenBytes: number | null;
}

/** What each group used between two readings. A process that is only in the later one counts from its beginning. */
export function usageBetween(before: UsageReading, after: UsageReading): Readonly<Record<string, GroupUsage>> {
  const groups: Record<string, GroupUsage> = {};
  for (const [pid, { name, cpuMs, writtenBytes }] of after) {
    const start = before.get(pid);
    const sum = groups[name] ?? { cpuMs: 0, writtenBytes: 0 };
    const written = writtenBytes === null || start?.writtenBytes === null ? null : writtenBytes - (start?.writtenBytes ?? 0);
    groups[name] = {
      cpuMs: sum.cpuMs + cpuMs - (start?.cpuMs ?? 0),
      writtenBytes: sum.writtenBytes === null || written === null ? null : sum.writtenBytes + written,
    };
  }
  return groups;
}

/**
 * Memory by group, bytes. Of a group of one process its resident set; of several (PostgreSQL's, which share their buffers) the sum of their
 * proportional sets, which counts a shared page once.
 */
export function readMemory(groups: ProcessGroups): Readonly<Record<string, number>> {
  const sizeOf = (pids: readonly number[]): number =>
    pids.length === 1 ? readKilobytes(`/proc/${pids[0] ?? 0}/status`, "VmRSS") : sum(pids.map(readProportional));
  return Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, sizeOf(pids) * 1_024]));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const readProportional = (pid: number): number => readKilobytes(`/proc/${pid}/smaps_rollup`, "Pss");

function readKilobytes(path: string, field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readText(path)) ?? [];
  return Number(kilobytes ?? 0);
}

/** utime, stime, cutime and cstime: the 14th to 17th field, of which the second is a name that may hold anything. */
function readCpuMs(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" ? undefined : sum(fields.slice(11, 15).map(Number)) * tickMs;
}

function readWritten(pid: number): number | null {
  const [, bytes] = /^write_bytes: (\d+)/m.exec(readText(`/proc/${pid}/io`)) ?? [];
  return bytes === undefined ? null : Number(bytes);
}

/** Empty for a process that is gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
