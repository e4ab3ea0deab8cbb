/** What one round of a scenario found. */

/** One round's figures. null: not measured. */
export interface Round {
  readonly ordersPerS: number;
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** Open loop: never sent. */
  readonly unsent: number;
  /** The first answer that was no confirmation. */
  readonly example: string | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly latenessP99Ms: number;
  /** CPU in the window per order confirmed in it, ms, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** The same with the CPU until the records had caught up. */
  readonly cpuMsCaughtUp: number;
  readonly loadCpuMs: number;
  readonly rssMb: Readonly<Record<string, number>>;
  readonly flushesPerOrder: number | null;
  readonly commitsPerOrder: number | null;
  readonly writtenBytesPerOrder: number | null;
  readonly diskBytesPerOrder: number;
  /** Orders that the durable records did not show when the window ended, and how long after it until they did. */
  readonly lagRows: number | null;
  readonly catchUpS: number | null;
  /** What is wrong with the ledger and the records. */
  readonly violations: readonly string[];
}
