import { describe, expect, it } from "vitest";
import type { Measured } from "../run/run-bench.ts";
import { someResult, someRound } from "../testing/some-figures.ts";
import { reportSchema, resultSchema, toResult, type BenchReport } from "./bench-report.ts";

const measured = (rounds: Measured["rounds"], scenario?: Measured["scenario"]): Measured => ({
  system: { system: "holdfast", placement: "4 hosts", start: () => Promise.reject(new Error("not started here")) },
  scenario: scenario ?? { loop: { kind: "closed", clients: 32 }, skus: 100, shards: 1 },
  rounds,
});

const someReport = (): BenchReport => ({
  machine: { cpu: "any", cores: 2, memory_gb: 4, kernel: "6", file_system: "ext4", sync_p50_ms: 0.1, sync_p99_ms: 1 },
  versions: { node: "24" },
  results: [someResult()],
  command: "npm run bench",
  at: "2026-11-21T09:30:00.000Z",
  records: "PGlite",
  window_s: 10,
  failures: [],
  notes: [],
});

describe("toResult", () => {
  it("each figure is the median of the rounds, of that figure", () => {
    const result = toResult(
      measured([
        someRound({ ordersPerS: 300, p50Ms: 5 }),
        someRound({ ordersPerS: 100, p50Ms: 9 }),
        someRound({ ordersPerS: 110, p50Ms: 1 }),
      ]),
    );
    expect(result).toMatchObject({ orders_per_s: 110, p50_ms: 5, orders_per_s_min: 100, orders_per_s_max: 300, rounds: 3 });
  });

  it("CPU and memory are sums over the processes, which are told apart as well", () => {
    expect(toResult(measured([someRound()]))).toMatchObject({
      cpu_ms_per_order: 0.75,
      rss_mb: 300,
      cpu_ms_per_order_by_process: { workerd: 0.5, node: 0.25 },
    });
  });

  it("what one round could not measure is not measured", () => {
    const rounds = [someRound(), someRound({ flushesPerOrder: null, p99Ms: Number.NaN }), someRound()];
    expect(toResult(measured(rounds))).toMatchObject({ disk_flushes_per_order: null, p99_ms: null, p50_ms: 2 });
  });

  it("an open loop has its rate, and its connections as clients", () => {
    const scenario = { loop: { kind: "open", rate: 500, connections: 512 }, skus: 100, shards: 1 } as const;
    expect(toResult(measured([someRound()], scenario))).toMatchObject({ loop: "open", rate: 500, clients: 512, load_lateness_p99_ms: 0 });
  });

  it("is what the schema says, also when nothing was confirmed", () => {
    const nothing = { confirmed: 0, ordersPerS: 0, p50Ms: Number.NaN, cpuMs: { workerd: Number.POSITIVE_INFINITY } };
    expect(resultSchema.safeParse(toResult(measured([someRound(nothing)]))).error).toBeUndefined();
  });
});

describe("reportSchema", () => {
  it("takes a report and refuses one without any of the members that are promised", () => {
    expect(reportSchema.safeParse(someReport()).success).toBe(true);
    for (const member of ["machine", "versions", "results"]) {
      expect(reportSchema.safeParse({ ...someReport(), [member]: undefined }).success).toBe(false);
    }
    const promised = ["system", "placement", "clients", "skus", "shards", "orders_per_s", "p50_ms", "p99_ms", "cpu_ms_per_order", "rss_mb"];
    for (const member of promised) expect(resultSchema.safeParse({ ...someResult(), [member]: undefined }).success).toBe(false);
  });
});
