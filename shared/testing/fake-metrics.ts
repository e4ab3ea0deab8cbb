import type { Metrics } from "../platform/metrics.ts";

/** Metrics that only count: `counted["name{label=value}"]`. */
export function fakeMetrics(): Pick<Metrics, "count" | "observe"> & { readonly counted: Record<string, number> } {
  const counted: Record<string, number> = {};
  const add = (name: string, labels: Readonly<Record<string, string>>, by: number): void => {
    const series = `${name}{${Object.entries(labels)
      .map(([label, value]) => `${label}=${value}`)
      .join(",")}}`;
    counted[series] = (counted[series] ?? 0) + by;
  };
  return { counted, count: (name, labels, by = 1) => add(name, labels, by), observe: (name, labels) => add(name, labels, 1) };
}
