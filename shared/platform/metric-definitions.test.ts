import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { metricDefinitions } from "./metric-definitions.ts";

const root = join(import.meta.dirname, "../..");
const isOfTests = (path: string): boolean => /\.test\.ts$|\/testing\/|\.fake-/.test(path);
const source = globSync("{shared,durable-objects,workers}/**/*.ts", { cwd: root })
  .filter((path) => !isOfTests(path) && path !== "shared/platform/metric-definitions.ts")
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

it.each(Object.keys(metricDefinitions))("%s is not only declared: something in the source writes it", (name) => {
  expect(source).toContain(`"${name}"`);
});
