/** What is counted over a whole scenario: commits, bytes. */
import { diskUsage, readFlushes } from "../measure/disk.ts";
import { readUsage, usageBetween, type UsageReading } from "../measure/processes.ts";
import type { Round } from "./round.ts";
import type { Subject } from "./subject.ts";

/** What is read once at either end of a whole run, because it takes time: warm-up and catching up are in it, and so are their orders. */
export interface Counters {
  readonly commits: number | null;
  readonly flushes: number | null;
  readonly diskBytes: number;
  readonly usage: UsageReading;
}

export async function readCounters({ running, dataDir }: Subject): Promise<Counters> {
  const commits = (await running.commits?.()) ?? null;
  return { commits, flushes: readFlushes(dataDir), diskBytes: diskUsage(running.dataDirs), usage: readUsage(running.processes()) };
}

type PerOrder = Pick<Round, "flushesPerOrder" | "commitsPerOrder" | "writtenBytesPerOrder" | "diskBytesPerOrder">;

/** @param confirmed Orders between the two, warm-up included. */
export function perOrder({ start, end, confirmed }: { start: Counters; end: Counters; confirmed: number }): PerOrder {
  const written = Object.values(usageBetween(start.usage, end.usage)).map(({ writtenBytes }) => writtenBytes);
  const bytes = written.reduce<number | null>((sum, each) => (sum === null || each === null ? null : sum + each), 0);
  // A disk without a write cache is never told to flush it, which is not the same as nothing being durable.
  const flushes = (end.flushes ?? 0) - (start.flushes ?? 0);
  return {
    flushesPerOrder: flushes === 0 ? null : flushes / confirmed,
    commitsPerOrder: start.commits === null || end.commits === null ? null : (end.commits - start.commits) / confirmed,
    writtenBytesPerOrder: bytes === null ? null : bytes / confirmed,
    diskBytesPerOrder: (end.diskBytes - start.diskBytes) / confirmed,
  };
}
