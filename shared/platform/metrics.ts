/** Metrics of one isolate: summed in memory (`MetricBuffer`), handed to the metrics actor off the request's path (`MetricFlusher`). */
import type { MetricsActorApi } from "../contracts/rpc.ts";
import type { ServiceName } from "./logger.ts";
import { MetricBuffer } from "./metric-buffer.ts";
import type { CounterName, GaugeName, HistogramName, LabelsOf } from "./metric-definitions.ts";
import { type FlushContext, MetricFlusher } from "./metric-flusher.ts";
import { plainRpc } from "./rpc.ts";

export interface Metrics {
  /** Adds `by` (default 1, at least 0) to a counter. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Puts one sample (in the metric's unit, at least 0) into a histogram. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /**
   * Says how much there is now. `part` names one of several holders in this isolate (an actor's id): their values are
   * summed, or the greatest is taken, as the metric's definition says. Without it the isolate has one value.
   */
  gauge<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number, options?: { readonly part?: string }): void;
  /** Sends now what there is. Does nothing while another request of this isolate is sending. Rejects when the actor does. */
  flush(): Promise<void>;
  /** Call once at the end of every piece of work: at most one flush is pending in an isolate, about a second after the first sample. */
  scheduleFlush(ctx: FlushContext): void;
}

export interface MetricsOptions {
  readonly actor: DurableObjectNamespace;
  readonly service: ServiceName;
  /** Resolves after that many ms. Default `scheduler.wait`. */
  readonly wait?: (ms: number) => Promise<unknown>;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** What a metric may have in one isolate between two flushes; samples over it are counted as dropped. Default 200. */
  readonly maxLabelSets?: number;
}

/**
 * For the end of a queue batch. The queue hands out the next batch when this one's `waitUntil` is over too, so there is no
 * waiting for more samples; what could not be sent goes with the next flush.
 */
export function flushAfterBatch(metrics: Metrics, ctx: { waitUntil(promise: Promise<unknown>): void }): void {
  ctx.waitUntil(metrics.flush().catch(() => undefined));
}

/** The metrics of this isolate for a service: one, whoever asks (a Worker's handlers and the actors it hosts). */
export function metricsOf(env: { readonly METRICS_ACTOR: DurableObjectNamespace }, service: ServiceName): Metrics {
  const known = metricsOfIsolate.get(service);
  if (known !== undefined) return known;
  const created = createMetrics({ actor: env.METRICS_ACTOR, service });
  metricsOfIsolate.set(service, created);
  return created;
}

const metricsOfIsolate = new Map<ServiceName, Metrics>();

/** Metrics with sums of their own. Workers and actors call `metricsOf`. */
export function createMetrics(options: MetricsOptions): Metrics {
  const now = options.now ?? Date.now;
  const buffer = new MetricBuffer({ service: options.service, now, maxLabelSets: options.maxLabelSets ?? 200 });
  const flusher = new MetricFlusher(buffer, {
    service: options.service,
    now,
    wait: options.wait ?? ((ms) => scheduler.wait(ms)),
    // The stub belongs to the request that made it, so each flush makes its own.
    record: (flush) => metricsActor(options.actor).record(flush),
  });
  return {
    count: (name, labels, by = 1) => buffer.count(name, labels, by),
    observe: (name, labels, value) => buffer.observe(name, labels, value),
    gauge: (name, labels, value, gaugeOptions) => buffer.gauge(name, labels, { value, part: gaugeOptions?.part ?? "" }),
    flush: async () => {
      await flusher.flush();
    },
    scheduleFlush: (ctx) => flusher.schedule(ctx),
  };
}

/** The one metrics actor. Nothing is called yet. */
export function metricsActor(namespace: DurableObjectNamespace): MetricsActorApi {
  return plainRpc<MetricsActorApi>(namespace.get(namespace.idFromName("metrics")));
}
