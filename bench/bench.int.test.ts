/** The bench itself, as short as it can be: Holdfast, one scenario, one round, on PGlite; and the floor's shapes with records. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findPostgresBin } from "../proofs/shared/installed-programs.ts";
import { reportSchema, type BenchReport } from "./report/bench-report.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const shortest = "--quick --clients 4 --skus 2 --seconds 1 --rounds 1".split(" ");

test.runIf(process.platform === "linux")(
  "bench: writes the figures of a run whose ledger balances, and the table",
  async () => {
    const { report, stdout } = await runBench(["--systems", "holdfast", "--records", "pglite"]);
    expect(report.failures).toEqual([]);
    expect(report.results).toMatchObject([{ system: "holdfast", clients: 4, skus: 2, shards: 1, rounds: 1, unconfirmed: 0 }]);
    expect(report.results[0]?.orders_per_s).toBeGreaterThan(0);
    expect(report.results[0]?.cpu_ms_per_order_by_process["workerd"]).toBeGreaterThan(0);
    expect(stdout).toContain("### 4 clients, 2 SKUs");
  },
  60_000,
);

test.runIf(process.platform === "linux" && findPostgresBin() !== undefined)(
  "bench: the floor with records has every order in them, and its own PostgreSQL is counted",
  async () => {
    // The processes of a server that is named are not known, so this asks for the bench's own, whatever the tests run on.
    const { HOLDFAST_POSTGRES_URL: _named, ...env } = process.env;
    const { report } = await runBench(["--systems", "floor", "--placements", "with records"], env);
    expect(report.failures).toEqual([]);
    expect(report.results).toHaveLength(2);
    for (const result of report.results) {
      expect(result).toMatchObject({ system: "floor", unconfirmed: 0 });
      expect(result.records_caught_up_s).not.toBeNull();
      expect(Object.keys(result.cpu_ms_per_order_by_process)).toEqual(["workerd", "node", "postgres"]);
    }
  },
  60_000,
);

test("bench: a run that measures nothing has failed", async () => {
  const run = runBench(["--systems", "floor", "--records", "pglite", "--placements", "none of this name"]);
  await expect(run).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining("Nothing that was asked for") as string });
});

async function runBench(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<{ report: BenchReport; stdout: string }> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-bench-test-"));
  // PostgreSQL runs as nobody where the tests run as root, and its directory is below.
  await chmod(directory, 0o711);
  try {
    const json = join(directory, "bench.json");
    const command = [main, ...shortest, ...args, "--json", json, "--dir", directory];
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    return { report: reportSchema.parse(JSON.parse(await readFile(json, "utf8"))), stdout };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
