import { describe, expect, it } from "vitest";
import { someResult } from "../testing/some-figures.ts";
import type { BenchReport } from "./bench-report.ts";
import { toMarkdown } from "./markdown.ts";

const report: BenchReport = {
  machine: { cpu: "any", cores: 2, memory_gb: 4, kernel: "6", file_system: "ext4", sync_p50_ms: 0.123, sync_p99_ms: 1 },
  versions: { node: "24" },
  results: [
    someResult({ orders_per_s: 600 }),
    someResult({ system: "floor", placement: "64 hosts", orders_per_s: 1_500, disk_flushes_per_order: null }),
    someResult({ skus: 1, shards: 4, orders_per_s: 321 }),
  ],
  command: "npm run bench",
  at: "2026-11-21T09:30:00.000Z",
  records: "PGlite",
  window_s: 10,
  failures: ["SKU-1: oversold"],
  notes: ["shards are not available"],
};

describe("toMarkdown", () => {
  const text = toMarkdown(report);

  it("says the disk's sync latency, what the records are in, and the command", () => {
    expect(text).toContain("fdatasync of 4 KB takes 0.12 ms");
    expect(text).toContain("durable records: PGlite");
    expect(text).toContain("`npm run bench`");
  });

  it("has a table for each scenario and a cell for every column", () => {
    expect(text).toContain("### 32 clients, 100 SKUs");
    expect(text).toContain("### 32 clients, one hot SKU, 4 shards");
    const rows = text.split("\n").filter((line) => line.startsWith("|"));
    expect(new Set(rows.map((row) => row.split(" | ").length)).size).toBe(1);
    expect(rows.find((row) => row.includes("64 hosts"))).toContain("not measured");
  });

  it("says whether a goal is met, and what failed", () => {
    expect(text).toContain("**0.40** (goal: at least 0.6: not met)");
    expect(text).toContain("**Failed**: SKU-1: oversold");
    expect(text).toContain("shards are not available");
  });
});
