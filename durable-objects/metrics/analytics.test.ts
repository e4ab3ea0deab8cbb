import { expect, it } from "vitest";
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { type MetricDefinition, metricDefinitions } from "../../shared/platform/metric-definitions.ts";
import { analyticsPoint, writeAnalytics } from "./analytics.ts";

const counted: MetricPoint = { type: "counter", name: "holdfast_saga_steps_total", labels: { outcome: "ok", step: "charge" }, value: 3 };

it("analyticsPoint writes label values in declared order, whatever order they came in", () => {
  expect(analyticsPoint(counted, "orders")).toEqual({
    indexes: ["holdfast_saga_steps_total"],
    blobs: ["holdfast_saga_steps_total", "orders", "charge", "ok"],
    doubles: [3, 1],
  });
});

it("writeAnalytics writes one data point for each point of the flush", () => {
  const written: unknown[] = [];
  const dataset = { writeDataPoint: (point: unknown) => void written.push(point) };
  writeAnalytics(dataset, { source: "isolate", service: "orders", sequence: 1, points: [counted, counted] });
  expect(written).toEqual([analyticsPoint(counted, "orders"), analyticsPoint(counted, "orders")]);
});

it.each(Object.entries<MetricDefinition>(metricDefinitions))(
  "%s keeps the limits of Analytics Engine: 20 blobs, 20 doubles, a 96-byte index",
  (name, definition) => {
    const labels = Object.fromEntries(definition.labels.map((label) => [label, "x"]));
    const buckets = definition.type === "histogram" ? [...definition.buckets, 0] : [];
    const point = analyticsPoint(
      definition.type === "histogram"
        ? { type: "histogram", name, labels, buckets, sum: 1 }
        : { type: definition.type, name, labels, value: 1 },
      "notifications",
    );
    expect(point.blobs.length).toBeLessThanOrEqual(20);
    expect(point.doubles.length).toBeLessThanOrEqual(20);
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(96);
  },
);
