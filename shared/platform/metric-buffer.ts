import type { MetricPoint } from "../contracts/rpc.ts";
import type { ServiceName } from "./logger.ts";
import { type CounterName, type GaugeName, type HistogramName, metricDefinitions, type MetricName } from "./metric-definitions.ts";

type Labels = Readonly<Record<string, string>>;

interface BufferOptions {
  readonly service: ServiceName;
  readonly now: () => number;
  /** Between two takes, for each metric. */
  readonly maxLabelSets: number;
}

/** Longer label values are cut: together with `maxLabelSets` this bounds what an isolate keeps. */
const MAX_LABEL_LENGTH = 128;
/** Holders (actors) in one isolate that have something to report at the same time. */
const MAX_PARTS = 10_000;

/** Sums samples by metric and label set until they are taken. Pure but for the clock that is passed in. */
export class MetricBuffer {
  readonly #options: BufferOptions;
  readonly #sumsByMetric = new Map<MetricName, Map<string, Sum>>();
  readonly #gauges = new Map<string, Gauge>();
  /** Gauges of which something was said since the last take. */
  readonly #saidGauges = new Set<Gauge>();

  constructor(options: BufferOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#sumsByMetric.size === 0 && this.#saidGauges.size === 0;
  }

  count(name: CounterName, labels: Labels, by: number): void {
    const sum = isAmount(by) ? this.#sum(name, labels) : undefined;
    if (sum?.type === "counter") sum.value += by;
    else this.#countDropped();
  }

  observe(name: HistogramName, labels: Labels, value: number): void {
    const sum = isAmount(value) ? this.#sum(name, labels) : undefined;
    if (sum?.type !== "histogram") return this.#countDropped();
    const bound = metricDefinitions[name].buckets.findIndex((upper) => value <= upper);
    const bucket = bound === -1 ? sum.buckets.length - 1 : bound;
    sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + 1;
    sum.sum += value;
  }

  gauge(name: GaugeName, labels: Labels, { value, part }: { readonly value: number; readonly part: string }): void {
    const gauge = Number.isFinite(value) ? this.#gauge(name, labels) : undefined;
    if (gauge === undefined) return this.#countDropped();
    this.#saidGauges.add(gauge);
    // A part that is empty takes no room.
    if (value === 0) gauge.parts.delete(part);
    else if (gauge.parts.has(part) || gauge.parts.size < MAX_PARTS) gauge.parts.set(part, { value, atMs: this.#options.now() });
    else this.#countDropped();
  }

  /** Everything summed since the last take, and the present value of every gauge of which something was said since. */
  take(): MetricPoint[] {
    const sums = [...this.#sumsByMetric.values()].flatMap((byLabels) => [...byLabels.values()]);
    const gauges = [...this.#saidGauges].map((gauge) => gaugePoint(gauge, this.#options.now()));
    this.#sumsByMetric.clear();
    this.#saidGauges.clear();
    return [...sums, ...gauges];
  }

  /** The sum to add to; undefined when the metric has as many label sets as it may. */
  #sum(name: MetricName, given: Labels): Sum | undefined {
    const key = this.#keyOf(name, given);
    let byLabels = this.#sumsByMetric.get(name);
    if (byLabels === undefined) this.#sumsByMetric.set(name, (byLabels = new Map<string, Sum>()));
    const known = byLabels.get(key);
    if (known !== undefined) return known;
    if (byLabels.size >= this.#options.maxLabelSets) return undefined;
    const created = emptySum(name, this.#declaredLabels(name, given));
    byLabels.set(key, created);
    return created;
  }

  #gauge(name: GaugeName, given: Labels): Gauge | undefined {
    const key = `${name} ${this.#keyOf(name, given)}`;
    const known = this.#gauges.get(key);
    if (known !== undefined) return known;
    if (this.#gauges.size >= this.#options.maxLabelSets) return undefined;
    const created: Gauge = { name, labels: this.#declaredLabels(name, given), parts: new Map() };
    this.#gauges.set(key, created);
    return created;
  }

  /** Each value with its length in front: no two lists of values can meet by running into one another. Made for every sample. */
  #keyOf(name: MetricName, given: Labels): string {
    let key = "";
    for (const label of metricDefinitions[name].labels) {
      const value = this.#valueOf(label, given);
      key += `${value.length}:${value}`;
    }
    return key;
  }

  /** The labels in their declared order, `service` filled in. */
  #declaredLabels(name: MetricName, given: Labels): Labels {
    return Object.fromEntries(metricDefinitions[name].labels.map((label) => [label, this.#valueOf(label, given)]));
  }

  #valueOf(label: string, given: Labels): string {
    const value = label === "service" ? this.#options.service : (given[label] ?? "");
    return (value.length > MAX_LABEL_LENGTH ? value.slice(0, MAX_LABEL_LENGTH) : value).toWellFormed();
  }

  #countDropped(): void {
    const sum = this.#sum("holdfast_metrics_dropped_total", {});
    if (sum?.type === "counter") sum.value += 1;
  }
}

type Sum =
  | { readonly type: "counter"; readonly name: MetricName; readonly labels: Labels; value: number }
  | { readonly type: "histogram"; readonly name: MetricName; readonly labels: Labels; readonly buckets: number[]; sum: number };

interface Gauge {
  readonly name: GaugeName;
  readonly labels: Labels;
  readonly parts: Map<string, { readonly value: number; readonly atMs: number }>;
}

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

function emptySum(name: MetricName, labels: Labels): Sum {
  const definition = metricDefinitions[name];
  if (definition.type !== "histogram") return { type: "counter", name, labels, value: 0 };
  // One more than the bounds: what is above them all.
  return { type: "histogram", name, labels, buckets: new Array<number>(definition.buckets.length + 1).fill(0), sum: 0 };
}

/** Forgets parts that have been silent for the metric's time, and combines the others. */
function gaugePoint({ name, labels, parts }: Gauge, nowMs: number): MetricPoint {
  const { combine: how, staleAfterMs } = metricDefinitions[name];
  for (const [part, { atMs }] of parts) if (atMs <= nowMs - staleAfterMs) parts.delete(part);
  return {
    type: "gauge",
    name,
    labels,
    value: combine(
      how,
      [...parts.values()].map((held) => held.value),
    ),
  };
}

/** One number from several holders' values; 0 when there are none. */
export function combine(how: "sum" | "max", values: readonly number[]): number {
  return how === "sum" ? values.reduce((sum, value) => sum + value, 0) : values.reduce((max, value) => Math.max(max, value), 0);
}
