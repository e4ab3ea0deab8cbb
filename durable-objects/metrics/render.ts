/** The Prometheus text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import type { MetricPoint } from "../../shared/contracts/rpc.ts";
import { type MetricDefinition, metricDefinitions } from "../../shared/platform/metric-definitions.ts";

/**
 * All declared metrics, by name, their series by label values: the same points in any order give the same text.
 * A metric without labels is written even before its first sample, as 0; one with labels shows only that it exists.
 *
 * @param points The state, at most one point for each name and label set; points of undeclared metrics are not written.
 */
export function renderMetrics(points: readonly MetricPoint[]): string {
  const pointsByName = Map.groupBy(points, (point) => point.name);
  const families = Object.entries<MetricDefinition>(metricDefinitions)
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, definition]) => renderFamily(name, definition, pointsByName.get(name) ?? []));
  return families.join("");
}

function renderFamily(name: string, definition: MetricDefinition, points: readonly MetricPoint[]): string {
  const shown = points.length === 0 && definition.labels.length === 0 ? [zeroPoint(name, definition)] : points;
  const series = shown
    .map((point) => ({ labels: definition.labels.map((label) => labelPair(label, point.labels[label] ?? "")), point }))
    .sort((left, right) => compareText(left.labels.join(), right.labels.join()))
    .flatMap(({ labels, point }) => renderSeries(definition, { labels, point }));
  return [`# HELP ${name} ${escapeHelp(definition.help)}`, `# TYPE ${name} ${definition.type}`, ...series, ""].join("\n");
}

function renderSeries(definition: MetricDefinition, { labels, point }: { labels: readonly string[]; point: MetricPoint }): string[] {
  if (point.type !== "histogram") return [renderLine(point.name, labels, point.value)];
  const bounds = definition.type === "histogram" ? definition.buckets : [];
  let count = 0;
  const buckets = point.buckets.map((samples, index) => {
    count += samples;
    return renderLine(`${point.name}_bucket`, [...labels, labelPair("le", String(bounds[index] ?? "+Inf"))], count);
  });
  return [...buckets, renderLine(`${point.name}_sum`, labels, point.sum), renderLine(`${point.name}_count`, labels, count)];
}

function zeroPoint(name: string, definition: MetricDefinition): MetricPoint {
  if (definition.type !== "histogram") return { type: definition.type, name, labels: {}, value: 0 };
  return { type: "histogram", name, labels: {}, buckets: [...definition.buckets.map(() => 0), 0], sum: 0 };
}

const renderLine = (name: string, labels: readonly string[], value: number): string =>
  `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} ${value}`;

const labelPair = (name: string, value: string): string => `${name}="${escapeHelp(value).replaceAll('"', '\\"')}"`;
const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
