import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { type MetricDefinition, metricDefinitions } from "../../shared/platform/metric-definitions.ts";
import { renderMetrics } from "./render.ts";

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

it.skipIf(!hasPromtool)("renderMetrics passes promtool check metrics, without samples and with every metric", () => {
  for (const points of [[], everyMetric()]) {
    const { status, stderr } = spawnSync("promtool", ["check", "metrics"], { input: renderMetrics(points), encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  }
});

const labelValues = ["plain", 'back\\slash "quoted"\nnew line, comma="x"} é'];

/** One series without labels, two with. */
function everyMetric(): MetricPoint[] {
  return Object.entries<MetricDefinition>(metricDefinitions).flatMap(([name, definition]) =>
    (definition.labels.length === 0 ? [""] : labelValues).map((value): MetricPoint => {
      const labels = Object.fromEntries(definition.labels.map((label) => [label, value]));
      if (definition.type !== "histogram") return { type: definition.type, name, labels, value: 2 ** 53 };
      return { type: "histogram", name, labels, buckets: [...definition.buckets.map(() => 1), 1], sum: 12.5 };
    }),
  );
}
