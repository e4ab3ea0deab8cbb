import type { Metrics } from "../platform/metrics.ts";

type FakeMetrics = Pick<Metrics, "count" | "observe" | "gauge"> & {
  readonly counted: Record<string, number>;
  /** The newest value of each. */
  readonly gauged: Record<string, number>;
};

/** Metrics that only count and remember: `counted["name{label=value}"]`. */
export function fakeMetrics(): FakeMetrics {
  const counted: Record<string, number> = {};
  const gauged: Record<string, number> = {};
  const add = (name: string, labels: Labels, by: number): void => {
    counted[seriesOf(name, labels)] = (counted[seriesOf(name, labels)] ?? 0) + by;
  };
  return {
    counted,
    gauged,
    count: (name, labels, by = 1) => add(name, labels, by),
    observe: (name, labels) => add(name, labels, 1),
    gauge: (name, labels, value) => {
      gauged[seriesOf(name, labels)] = value;
    },
  };
}

type Labels = Readonly<Record<string, string>>;

const seriesOf = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",")}}`;
