/** The bench itself, as short as it can be: Holdfast, one scenario, one round, on PGlite. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { reportSchema } from "./report/bench-report.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const shortest = "--quick --systems holdfast --records pglite --clients 4 --skus 2 --seconds 1 --rounds 1".split(" ");

test.runIf(process.platform === "linux")(
  "bench: writes the figures of a run whose ledger balances, and the table",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-bench-test-"));
    try {
      const json = join(directory, "bench.json");
      const { stdout } = await promisify(execFile)(process.execPath, [main, ...shortest, "--json", json, "--dir", directory]);
      const report = reportSchema.parse(JSON.parse(await readFile(json, "utf8")));
      expect(report.failures).toEqual([]);
      expect(report.results).toMatchObject([{ system: "holdfast", clients: 4, skus: 2, shards: 1, rounds: 1, unconfirmed: 0 }]);
      expect(report.results[0]?.orders_per_s).toBeGreaterThan(0);
      expect(report.results[0]?.cpu_ms_per_order_by_process["workerd"]).toBeGreaterThan(0);
      expect(stdout).toContain("### 4 clients, 2 SKUs");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  60_000,
);
