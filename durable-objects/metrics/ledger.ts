import type { MetricPoint, MetricsFlush } from "../../shared/contracts/rpc.ts";
import { combine } from "../../shared/platform/metric-buffer.ts";
import { findMetricDefinition, type MetricDefinition } from "../../shared/platform/metric-definitions.ts";
import { addTo, fitsDefinition, isStale, keyOf, type Sample, sampleOf } from "./sample.ts";

/** How far an isolate's flushes have been recorded. */
export interface Source {
  readonly source: string;
  sequence: number;
  atMs: number;
}

export interface LedgerState {
  readonly samples: readonly Sample[];
  readonly sources: readonly Source[];
}

/** An isolate that is silent for so long is gone, and with it its retries. */
export const SOURCE_LIFE_MS = 60 * 60_000;
/** Series of one metric over all isolates; more would be a label that should not be one. */
const MAX_SAMPLES_PER_METRIC = 2_000;

/** All sums in memory, and which of them storage does not have yet. Pure: time is passed in. */
export class MetricLedger {
  readonly #samplesByName = new Map<string, Map<string, Sample>>();
  readonly #sources = new Map<string, Source>();
  readonly #changedSamples = new Set<Sample>();
  readonly #changedSources = new Set<Source>();

  /** Stored samples of a metric that is no longer declared, or has other labels or buckets now, are left out. */
  constructor(stored: LedgerState) {
    for (const sample of stored.samples) if (fitsDefinition(sample)) this.#samplesOf(sample.name).set(keyOf(sample), sample);
    for (const source of stored.sources) this.#sources.set(source.source, source);
  }

  get hasChanges(): boolean {
    return this.#changedSources.size > 0;
  }

  /** False, and nothing changes, when this flush was recorded before. A point that fits no declared metric is counted as dropped. */
  record(flush: MetricsFlush, atMs: number): boolean {
    const source = this.#sources.get(flush.source) ?? { source: flush.source, sequence: 0, atMs };
    if (flush.sequence <= source.sequence) return false;
    Object.assign(source, { sequence: flush.sequence, atMs });
    this.#sources.set(flush.source, source);
    this.#changedSources.add(source);
    const dropped = flush.points.filter((point) => !this.#add(point, { source: flush.source, atMs }));
    if (dropped.length > 0) this.#add(droppedPoint(flush.service, dropped.length), { source: flush.source, atMs });
    return true;
  }

  /** One point for each name and label set as of `atMs`. A gauge of which nobody has spoken lately has none. */
  points(atMs: number): MetricPoint[] {
    return [...this.#samplesByName].flatMap(([name, samples]) =>
      pointsOf(findMetricDefinition(name), { samples: [...samples.values()], atMs }),
    );
  }

  /** What changed since the last `markStored`. */
  changes(): LedgerState {
    return { samples: [...this.#changedSamples], sources: [...this.#changedSources] };
  }

  markStored(): void {
    this.#changedSamples.clear();
    this.#changedSources.clear();
  }

  /** Forgets isolates that are gone; answers what storage must forget too. */
  prune(atMs: number): LedgerState {
    const sources = [...this.#sources.values()].filter((source) => source.atMs <= atMs - SOURCE_LIFE_MS);
    const samples = [...this.#samplesByName.values()].flatMap((byKey) => [...byKey.values()]).filter((sample) => isStale(sample, atMs));
    for (const source of sources) this.#forgetSource(source);
    for (const sample of samples) this.#forgetSample(sample);
    return { samples, sources };
  }

  #add(point: MetricPoint, { source, atMs }: { source: string; atMs: number }): boolean {
    const fresh = sampleOf(point, { source, atMs });
    if (!fitsDefinition(fresh) || findMetricDefinition(point.name)?.type !== point.type) return false;
    const samples = this.#samplesOf(point.name);
    const known = samples.get(keyOf(fresh));
    if (known === undefined && samples.size >= MAX_SAMPLES_PER_METRIC) return false;
    const sample = known ?? fresh;
    if (known === undefined) samples.set(keyOf(fresh), fresh);
    else addTo(known, point, atMs);
    this.#changedSamples.add(sample);
    return true;
  }

  #samplesOf(name: string): Map<string, Sample> {
    const known = this.#samplesByName.get(name);
    if (known !== undefined) return known;
    const created = new Map<string, Sample>();
    this.#samplesByName.set(name, created);
    return created;
  }

  #forgetSource(source: Source): void {
    this.#sources.delete(source.source);
    this.#changedSources.delete(source);
  }

  #forgetSample(sample: Sample): void {
    this.#samplesByName.get(sample.name)?.delete(keyOf(sample));
    this.#changedSamples.delete(sample);
  }
}

function pointsOf(
  definition: MetricDefinition | undefined,
  { samples, atMs }: { samples: readonly Sample[]; atMs: number },
): MetricPoint[] {
  if (definition === undefined) return [];
  if (definition.type === "gauge")
    return gaugePoints(
      definition.combine,
      samples.filter((sample) => !isStale(sample, atMs)),
    );
  return samples.map(({ name, labels, value, buckets }) =>
    buckets === null ? { type: "counter", name, labels, value } : { type: "histogram", name, labels, buckets: [...buckets], sum: value },
  );
}

function gaugePoints(how: "sum" | "max", samples: readonly Sample[]): MetricPoint[] {
  const byLabels = Map.groupBy(samples, (sample) => keyOf({ ...sample, source: "" }));
  return [...byLabels.values()].flatMap((held) => {
    const [first] = held;
    const value = combine(
      how,
      held.map((sample) => sample.value),
    );
    return first === undefined ? [] : [{ type: "gauge" as const, name: first.name, labels: first.labels, value }];
  });
}

const droppedPoint = (service: string, value: number): MetricPoint => ({
  type: "counter",
  name: "holdfast_metrics_dropped_total",
  labels: { service },
  value,
});
