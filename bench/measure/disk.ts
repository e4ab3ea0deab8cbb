/** The disk under the state directories: how long a sync takes, how many it was asked for, how much lies on it. */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { percentile } from "./percentile.ts";

const syncs = 300;
const blockBytes = 4_096;

export interface SyncLatency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How long `fdatasync` takes after a write of 4 KB to a file of 40 KB, 300 times over. It decides the order of every table. */
export function measureSync(directory: string): SyncLatency {
  const path = join(directory, "sync-latency");
  const file = openSync(path, "w");
  try {
    const block = Buffer.alloc(blockBytes);
    const times = Array.from({ length: syncs }, (_, index) => {
      writeSync(file, block, 0, blockBytes, (index % 10) * blockBytes);
      const startedAtMs = performance.now();
      fdatasyncSync(file);
      return performance.now() - startedAtMs;
    });
    return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/**
 * How many cache flushes the disk under a directory has completed: each is at least one durable commit of somebody on this machine (commits
 * of the same moment share one). Field 16 after the name in /proc/diskstats, Linux 5.5 and later.
 *
 * @returns null where the kernel does not count them, or the directory is on no block device.
 */
export function readFlushes(directory: string): number | null {
  try {
    const device = statSync(directory).dev;
    // Linux's encoding of a device number: 12 bits of major, 8 low and 12 high bits of minor.
    const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)];
    const line = readFileSync("/proc/diskstats", "utf8")
      .split("\n")
      .map((text) => text.trim().split(/\s+/))
      .find(([first, second]) => Number(first) === major && Number(second) === minor);
    const flushes = line?.[18];
    return flushes === undefined ? null : Number(flushes);
  } catch {
    return null;
  }
}

/** What directories take on the disk, bytes. Files that go away while this looks do not count. */
export function diskUsage(directories: readonly string[]): number {
  return directories.reduce((total, directory) => total + usageOf(directory), 0);
}

function usageOf(directory: string): number {
  try {
    return Number.parseInt(
      execFileSync("du", ["-s", "--block-size=1", directory], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
      10,
    );
  } catch (error) {
    // du ends with 1 when a file went away under it, and says the sum all the same.
    return Number.parseInt((error as { stdout?: string }).stdout ?? "0", 10) || 0;
  }
}
