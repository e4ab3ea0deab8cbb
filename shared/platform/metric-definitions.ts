/**
 * Every metric Holdfast has. Names and labels are types, so a wrong one does not compile; nothing else may be recorded.
 * Names, units and suffixes follow https://prometheus.io/docs/practices/naming/ (base units, counters end in `_total`).
 */

interface CounterDefinition {
  readonly type: "counter";
  readonly help: string;
  /** In the order in which they are written. `service` is filled in by `createMetrics`, callers do not give it. */
  readonly labels: readonly string[];
}

interface GaugeDefinition {
  readonly type: "gauge";
  readonly help: string;
  readonly labels: readonly string[];
  /** How the last values of all isolates (and of the parts within one) make one number. */
  readonly combine: "sum" | "max";
  /** A value that was not said again for so long belongs to an isolate that is gone, and no longer counts. */
  readonly staleAfterMs: number;
}

interface HistogramDefinition {
  readonly type: "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, ascending, without +Inf. At most 17, so that a point fits the 20 doubles of Analytics Engine. */
  readonly buckets: readonly number[];
}

export type MetricDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition;

/** Seconds, 1 ms to 10 s: from one SQLite commit to the gateway's deadline. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const metricDefinitions = {
  http_requests_total: {
    type: "counter",
    help: "HTTP requests answered. path is the route's pattern, never the address itself.",
    labels: ["service", "method", "path", "status_code"],
  },
  http_request_duration_seconds: {
    type: "histogram",
    help: "Time from a request's arrival to its answer.",
    labels: ["service", "method", "path"],
    buckets: secondsBuckets,
  },
  http_requests_in_flight: {
    type: "gauge",
    help: "Requests being worked on, over all isolates heard of in the last minute.",
    labels: ["service"],
    combine: "sum",
    staleAfterMs: MINUTE_MS,
  },
  holdfast_orders_total: {
    type: "counter",
    help: "Orders by outcome; pending: held up, once, because a step kept failing. One that waits for another card is not.",
    labels: ["outcome"],
  },
  holdfast_joined_orders_total: {
    type: "counter",
    help: "Orders that the gateway placed in one call with others: answered by it; alone: still worked on, or failed, and asked again alone; lost with the call, and asked again alone.",
    labels: ["outcome"],
  },
  holdfast_order_duration_seconds: {
    type: "histogram",
    help: "Time from an order's placing to its outcome.",
    labels: [],
    buckets: [...secondsBuckets, 60, 600, 3600],
  },
  holdfast_saga_steps_total: { type: "counter", help: "Saga steps run, retries included.", labels: ["step", "outcome"] },
  holdfast_saga_step_duration_seconds: {
    type: "histogram",
    help: "Time one attempt of a saga step took.",
    labels: ["step"],
    buckets: secondsBuckets,
  },
  holdfast_outbox_oldest_age_seconds: {
    type: "gauge",
    help: "Age of the oldest event that no consumer has acknowledged.",
    labels: ["service"],
    combine: "max",
    staleAfterMs: 5 * MINUTE_MS,
  },
  holdfast_outbox_pending: {
    type: "gauge",
    help: "Events that no consumer has acknowledged.",
    labels: ["service"],
    combine: "sum",
    staleAfterMs: 5 * MINUTE_MS,
  },
  holdfast_outbox_sent_total: { type: "counter", help: "Events handed to a queue, repeats included.", labels: ["destination"] },
  holdfast_outbox_unreadable_total: {
    type: "counter",
    help: "Events that could not be sent, for what is kept of them cannot be read: at each try, by who was to be told.",
    labels: ["destination"],
  },
  holdfast_queue_messages_total: {
    type: "counter",
    help: "Events handled, by the queue they came from. A message may carry several.",
    labels: ["queue", "outcome"],
  },
  holdfast_queue_batch_duration_seconds: {
    type: "histogram",
    help: "Time that a portion of a batch took: the events that are handled at once.",
    labels: ["queue"],
    buckets: secondsBuckets,
  },
  holdfast_dead_letters_total: { type: "counter", help: "Messages given up by a queue and kept as dead letters.", labels: ["queue"] },
  holdfast_notifications_total: { type: "counter", help: "Notifications by kind and outcome.", labels: ["kind", "outcome"] },
  holdfast_cancellations_total: {
    type: "counter",
    help: "Orders whose cancelling was asked for, by what came of it.",
    labels: ["outcome"],
  },
  holdfast_refunds_total: { type: "counter", help: "Refunds that the provider has answered: succeeded or refused.", labels: ["outcome"] },
  holdfast_webhooks_total: {
    type: "counter",
    help: "Webhooks received from payment providers: accepted, invalid_signature, or unavailable when the provider is to send it again.",
    labels: ["provider", "outcome"],
  },
  holdfast_audit_runs_total: {
    type: "counter",
    help: "Audits run on schedule: ok, disagreed, or failed when one could not be finished.",
    labels: ["outcome"],
  },
  // The audit is run by whichever isolate the schedule wakes, so a value must outlive its isolate until the next run, and not by much.
  // With a label, because a gauge of which nobody has spoken yet must not be written as 0: never audited is not agreed.
  holdfast_audit_disagreements: {
    type: "gauge",
    help: "Disagreements that the newest audit found between the actors, Postgres and the provider.",
    labels: ["service"],
    combine: "max",
    staleAfterMs: 15 * MINUTE_MS,
  },
  holdfast_audit_checked: {
    type: "gauge",
    help: "SKUs and orders that the newest audit compared.",
    labels: ["service"],
    combine: "max",
    staleAfterMs: 15 * MINUTE_MS,
  },
  holdfast_audit_last_success_timestamp_seconds: {
    type: "gauge",
    help: "When an audit was last finished, whatever it found, in seconds since the epoch.",
    labels: ["service"],
    combine: "max",
    staleAfterMs: DAY_MS,
  },
  holdfast_stuck_money: {
    type: "gauge",
    help: "Charges, refunds and holds that wait for a person, by kind.",
    labels: ["kind"],
    combine: "max",
    staleAfterMs: 15 * MINUTE_MS,
  },
  // Asked for each time /metrics is read, so what another isolate said before counts for no longer than it must.
  holdfast_chaos_active: {
    type: "gauge",
    help: "Gremlins of the deployment that may strike now; absent with CHAOS=off.",
    labels: ["service"],
    combine: "max",
    staleAfterMs: MINUTE_MS,
  },
  holdfast_alarm_runs_total: { type: "counter", help: "Alarms run by actors.", labels: ["actor", "outcome"] },
  holdfast_metrics_dropped_total: {
    type: "counter",
    help: "Samples not recorded: too many label sets, or not a number a metric can take.",
    labels: ["service"],
  },
} as const satisfies Record<string, MetricDefinition>;

type Definitions = typeof metricDefinitions;
export type MetricName = keyof Definitions;
export type CounterName = NamesOfType<"counter">;
export type GaugeName = NamesOfType<"gauge">;
export type HistogramName = NamesOfType<"histogram">;
type NamesOfType<Type extends MetricDefinition["type"]> = {
  [Name in MetricName]: Definitions[Name]["type"] extends Type ? Name : never;
}[MetricName];

/** The labels a caller gives for a metric: all declared ones but `service`. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Exclude<Definitions[Name]["labels"][number], "service">, string>>;

/** The definition of a name from outside (an older or newer version's flush, a stored row), undefined when there is none. */
export function findMetricDefinition(name: string): MetricDefinition | undefined {
  return Object.hasOwn(metricDefinitions, name) ? metricDefinitions[name as MetricName] : undefined;
}
