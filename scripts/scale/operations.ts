/** Counts by `<meter>/<detail>`, as the meters in the isolates write them, and what is asked of them. */

export type Tally = Readonly<Record<string, number>>;

/** What is counted; `scripts/scale/meter` says where. */
export type Meter =
  | "worker request"
  | "cron run"
  | "service call"
  | "object request"
  | "object loaded"
  | "statement"
  | "row read"
  | "row written"
  /** Rows written, by the object's class, what the statement does, and to which table. */
  | "rows of"
  | "alarm set"
  | "alarm deleted"
  | "queue write"
  | "queue read"
  | "queue delete"
  | "queue retry"
  | "queue batch"
  | "postgres round trip"
  | "postgres statement"
  | "postgres row written"
  | "redis command"
  | "data point"
  | "log line"
  | "log byte"
  | "waited ms";

export function addTallies(first: Tally, second: Tally): Tally {
  const sum: Record<string, number> = { ...first };
  for (const [key, amount] of Object.entries(second)) sum[key] = (sum[key] ?? 0) + amount;
  return sum;
}

/** What has been added since `before`; counts that stood still are left out. */
export function tallySince(before: Tally, after: Tally): Tally {
  const added = Object.entries(after).map(([key, amount]) => [key, amount - (before[key] ?? 0)] as const);
  return Object.fromEntries(added.filter(([, amount]) => amount !== 0));
}

/** @param isMeant Of which details; all by default. */
export function sumOf(tally: Tally, meter: Meter, isMeant: (detail: string) => boolean = () => true): number {
  return detailsOf(tally, meter).reduce((sum, [detail, amount]) => (isMeant(detail) ? sum + amount : sum), 0);
}

/** The details of a meter, by name. */
export function detailsOf(tally: Tally, meter: Meter): readonly (readonly [detail: string, amount: number])[] {
  const mine = Object.entries(tally).filter(([key]) => key.startsWith(`${meter}/`));
  return mine.map(([key, amount]) => [key.slice(meter.length + 1), amount] as const).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What is paid by the second and the isolate, not by the order: flushes of metrics, and the waits before them. */
const isOfMetrics = (key: string): boolean => /^(data point|waited ms)\/|\/MetricsActor/.test(key);

export const withoutMetrics = (tally: Tally): Tally => Object.fromEntries(Object.entries(tally).filter(([key]) => !isOfMetrics(key)));
export const onlyMetrics = (tally: Tally): Tally => Object.fromEntries(Object.entries(tally).filter(([key]) => isOfMetrics(key)));

/** Rows as they are billed: what SQLite reports, and one for each alarm that is set or deleted. (Of deleting the price list says nothing.) */
export const billedRowsWritten = (tally: Tally, isMeant?: (detail: string) => boolean): number =>
  sumOf(tally, "row written", isMeant) + sumOf(tally, "alarm set", isMeant) + sumOf(tally, "alarm deleted", isMeant);

/** Operations of every queue: writes, reads (again after a retry) and deletes. */
export const queueOperations = (tally: Tally): number =>
  sumOf(tally, "queue write") + sumOf(tally, "queue read") + sumOf(tally, "queue delete");

/** Each invocation has an event of its own in Workers Logs beside the lines it writes; batches and cron runs are counted by the day. */
export const orderInvocations = (tally: Tally): number =>
  sumOf(tally, "worker request") + sumOf(tally, "service call") + sumOf(tally, "object request");
