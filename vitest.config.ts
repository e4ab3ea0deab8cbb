/**
 * The four layers of tests, by file name. `unit`: pure, in Node. `workerd`: actors and handlers inside the real runtime.
 * `sim`: seeded fault schedules. `int`: all Workers together over real sockets (and `*.e2e.test.ts`, in a browser), one file
 * at a time and after the others, so that what they measure and time is their own.
 */
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { configDefaults, defineConfig } from "vitest/config";

const exclude = [...configDefaults.exclude, "**/.local/**", "**/.wrangler/**"];
const special = ["workerd", "int", "e2e", "sim"].map((kind) => `**/*.${kind}.test.ts`);

export default defineConfig({
  test: {
    // What a test that failed has printed; Workers log every request, and passing tests many on purpose.
    silent: "passed-only",
    projects: [
      { test: { name: "unit", include: ["**/*.test.ts"], exclude: [...exclude, ...special], environment: "node" } },
      {
        // The runtime reports every exception a test provokes on purpose; assertions are what counts.
        plugins: [cloudflareTest({ wrangler: { configPath: "shared/testing/wrangler.test.toml" }, verbose: false })],
        test: { name: "workerd", include: ["**/*.workerd.test.ts"], exclude },
      },
      { test: { name: "sim", include: ["**/*.sim.test.ts"], exclude, environment: "node", testTimeout: 60_000 } },
      {
        test: {
          name: "int",
          include: ["**/*.int.test.ts", "**/*.e2e.test.ts"],
          exclude,
          environment: "node",
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
