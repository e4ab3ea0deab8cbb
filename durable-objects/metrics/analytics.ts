import type { MetricPoint, MetricsFlush } from "../../shared/contracts/rpc.ts";
import { findMetricDefinition } from "../../shared/platform/metric-definitions.ts";

/**
 * A metric point as Analytics Engine takes it. index1 and blob1: the metric. blob2: the service whose isolate counted.
 * blob3 and on: label values in the metric's declared order. double1: the counter's growth, the gauge's value or the sum
 * of the histogram's samples. double2: how many samples. double3 and on: a histogram's buckets, not cumulative.
 * At most 20 blobs, 20 doubles, a 96-byte index: https://developers.cloudflare.com/analytics/analytics-engine/limits/
 */
export function analyticsPoint(point: MetricPoint, service: string): Required<AnalyticsEngineDataPoint> {
  const labels = (findMetricDefinition(point.name)?.labels ?? []).map((label) => point.labels[label] ?? "");
  return { indexes: [point.name], blobs: [point.name, service, ...labels], doubles: doublesOf(point) };
}

function doublesOf(point: MetricPoint): number[] {
  if (point.type !== "histogram") return [point.value, 1];
  return [point.sum, point.buckets.reduce((count, samples) => count + samples, 0), ...point.buckets];
}

/** Writes a flush's points; does not wait. */
export function writeAnalytics(dataset: AnalyticsEngineDataset, flush: MetricsFlush): void {
  for (const point of flush.points) dataset.writeDataPoint(analyticsPoint(point, flush.service));
}
