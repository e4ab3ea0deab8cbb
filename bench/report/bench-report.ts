/** What a run says: the figures as JSON, each the median of its rounds. */
import { z } from "zod";
import { median } from "../measure/percentile.ts";
import type { Round } from "../run/round.ts";
import type { Measured, RunOutcome } from "../run/run-bench.ts";
import { systemNames } from "../system.ts";

const byProcess = z.record(z.string(), z.number());

export const resultSchema = z.object({
  system: z.enum(systemNames),
  placement: z.string(),
  /** Open loop: connections. */
  clients: z.int().min(1),
  skus: z.int().min(1),
  shards: z.int().min(1),
  orders_per_s: z.number().min(0),
  p50_ms: z.number().min(0).nullable(),
  p99_ms: z.number().min(0).nullable(),
  cpu_ms_per_order: z.number().min(0).nullable(),
  rss_mb: z.number().min(0),
  loop: z.enum(["closed", "open"]),
  /** Open loop: orders per second meant to be sent. */
  rate: z.number().nullable(),
  p999_ms: z.number().nullable(),
  rounds: z.int().min(1),
  /** The slowest and the fastest round. */
  orders_per_s_min: z.number(),
  orders_per_s_max: z.number(),
  unconfirmed: z.int().min(0),
  unsent: z.int().min(0),
  cpu_ms_per_order_caught_up: z.number().nullable(),
  cpu_ms_per_order_by_process: byProcess,
  load_cpu_ms_per_order: z.number().nullable(),
  load_lateness_p99_ms: z.number().nullable(),
  rss_mb_by_process: byProcess,
  disk_flushes_per_order: z.number().nullable(),
  commits_per_order: z.number().nullable(),
  written_bytes_per_order: z.number().nullable(),
  disk_bytes_per_order: z.number().nullable(),
  records_lag_orders: z.number().nullable(),
  records_caught_up_s: z.number().nullable(),
});
export type BenchResult = z.infer<typeof resultSchema>;

export const machineSchema = z.object({
  cpu: z.string(),
  cores: z.int(),
  memory_gb: z.number(),
  kernel: z.string(),
  file_system: z.string(),
  sync_p50_ms: z.number(),
  sync_p99_ms: z.number(),
});
export type Machine = z.infer<typeof machineSchema>;

export const reportSchema = z.object({
  machine: machineSchema,
  versions: z.record(z.string(), z.string()),
  results: z.array(resultSchema),
  command: z.string(),
  at: z.iso.datetime(),
  records: z.string(),
  window_s: z.number(),
  failures: z.array(z.string()),
  notes: z.array(z.string()),
});
export type BenchReport = z.infer<typeof reportSchema>;

/** @returns All that was measured, in the order of the run. */
export const resultsOf = ({ measured }: RunOutcome): BenchResult[] => measured.map(toResult);

export function toResult({ system: { system, placement }, scenario: { loop, skus, shards }, rounds }: Measured): BenchResult {
  const middle = (pick: (round: Round) => number | null): number | null => medianOf(rounds.map(pick));
  const rates = rounds.map(({ ordersPerS }) => ordersPerS);
  const [cpu, rss] = [mediansByProcess(rounds, (round) => round.cpuMs), mediansByProcess(rounds, (round) => round.rssMb)];
  return {
    system,
    placement,
    clients: loop.kind === "closed" ? loop.clients : loop.connections,
    skus,
    shards,
    orders_per_s: median(rates),
    p50_ms: middle(({ p50Ms }) => p50Ms),
    p99_ms: middle(({ p99Ms }) => p99Ms),
    cpu_ms_per_order: middle(({ cpuMs }) => sumOf(cpuMs)),
    rss_mb: middle(({ rssMb }) => sumOf(rssMb)) ?? 0,
    loop: loop.kind,
    rate: loop.kind === "open" ? loop.rate : null,
    p999_ms: middle(({ p999Ms }) => p999Ms),
    rounds: rounds.length,
    orders_per_s_min: Math.min(...rates),
    orders_per_s_max: Math.max(...rates),
    unconfirmed: rounds.reduce((sum, { unconfirmed }) => sum + unconfirmed, 0),
    unsent: rounds.reduce((sum, { unsent }) => sum + unsent, 0),
    cpu_ms_per_order_caught_up: middle(({ cpuMsCaughtUp }) => cpuMsCaughtUp),
    cpu_ms_per_order_by_process: cpu,
    load_cpu_ms_per_order: middle(({ loadCpuMs }) => loadCpuMs),
    load_lateness_p99_ms: loop.kind === "open" ? middle(({ latenessP99Ms }) => latenessP99Ms) : null,
    rss_mb_by_process: rss,
    disk_flushes_per_order: middle(({ flushesPerOrder }) => flushesPerOrder),
    commits_per_order: middle(({ commitsPerOrder }) => commitsPerOrder),
    written_bytes_per_order: middle(({ writtenBytesPerOrder }) => writtenBytesPerOrder),
    disk_bytes_per_order: middle(({ diskBytesPerOrder }) => diskBytesPerOrder),
    records_lag_orders: middle(({ lagRows }) => lagRows),
    records_caught_up_s: middle(({ catchUpS }) => catchUpS),
  };
}

/** null when a round has no such figure: a median of fewer would be another one. */
function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  return known.length < values.length ? null : median(known);
}

function mediansByProcess(rounds: readonly Round[], pick: (round: Round) => Readonly<Record<string, number>>): Record<string, number> {
  const names = new Set(rounds.flatMap((round) => Object.keys(pick(round))));
  const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
  return Object.fromEntries([...names].map((name) => [name, median(rounds.map((round) => finite(pick(round)[name] ?? 0)))]));
}

const sumOf = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((sum, value) => sum + value, 0);
