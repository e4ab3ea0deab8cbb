import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { metricDefinitions } from "./metric-definitions.ts";

const root = new URL("../../", import.meta.url);
const isOfTests = (path: string): boolean => /\.test\.ts$|\/testing\/|\.fake-/.test(path);
const source = globSync("{shared,durable-objects,workers}/**/*.ts", { cwd: root })
  .filter((path) => !isOfTests(path) && path !== "shared/platform/metric-definitions.ts")
  .map((path) => readFileSync(new URL(path, root), "utf8"))
  .join("\n");

it.each(Object.keys(metricDefinitions))("%s is not only declared: something in the source writes it", (name) => {
  expect(source).toContain(`"${name}"`);
});
