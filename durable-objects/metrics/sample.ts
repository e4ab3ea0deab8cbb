import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { findMetricDefinition } from "../../shared/platform/metric-definitions.ts";

/** A sum over all isolates (`source` is empty), or what one isolate last said of a gauge. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: string;
  /** The counter, the gauge, or the sum of a histogram's samples. */
  value: number;
  /** Of a histogram: samples by bucket, not cumulative. */
  readonly buckets: number[] | null;
  /** When it last changed. */
  atMs: number;
}

/** Labels by name, so that the order in which they came does not matter. */
export const keyOf = (sample: Sample): string =>
  JSON.stringify([sample.source, ...(findMetricDefinition(sample.name)?.labels ?? []).map((label) => sample.labels[label])]);

/** The first sample of its name, labels and source. */
export function sampleOf(point: MetricPoint, { source, atMs }: { source: string; atMs: number }): Sample {
  const isGauge = point.type === "gauge";
  const [value, buckets] = point.type === "histogram" ? [point.sum, [...point.buckets]] : [point.value, null];
  return { name: point.name, labels: point.labels, source: isGauge ? source : "", value, buckets, atMs };
}

/** Goes on from what is known: a gauge is replaced, all else grows. */
export function addTo(sample: Sample, point: MetricPoint, atMs: number): void {
  sample.atMs = atMs;
  if (point.type === "gauge") sample.value = point.value;
  else if (point.type === "counter") sample.value += point.value;
  else {
    sample.value += point.sum;
    for (const [index, count] of point.buckets.entries()) if (sample.buckets) sample.buckets[index] = (sample.buckets[index] ?? 0) + count;
  }
}

/** Another version of Holdfast may have flushed or stored it; and sums only ever grow. */
export function fitsDefinition(sample: Sample): boolean {
  const definition = findMetricDefinition(sample.name);
  if (definition === undefined || !Number.isFinite(sample.value)) return false;
  if ((definition.type === "gauge") !== (sample.source !== "")) return false;
  const buckets = definition.type === "histogram" ? definition.buckets.length + 1 : undefined;
  const hasLabels = definition.labels.every((label) => typeof sample.labels[label] === "string");
  const amounts = definition.type === "gauge" ? [] : [sample.value, ...(sample.buckets ?? [])];
  return (
    hasLabels &&
    Object.keys(sample.labels).length === definition.labels.length &&
    sample.buckets?.length === buckets &&
    amounts.every((amount) => amount >= 0)
  );
}

/** Whether a gauge has been silent for its metric's time; sums never are. */
export function isStale(sample: Sample, atMs: number): boolean {
  const definition = findMetricDefinition(sample.name);
  return definition?.type === "gauge" && sample.atMs <= atMs - definition.staleAfterMs;
}
