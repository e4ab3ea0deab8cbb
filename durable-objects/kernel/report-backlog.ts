import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Outbox } from "./outbox.ts";

/** Says how many rows of this actor's outbox wait, and how old the oldest is. `actor` keeps the actors of an isolate apart. */
export function reportBacklog(outbox: Outbox, metrics: Metrics, actor: string): void {
  const { rows, oldestAtMs } = outbox.backlog();
  metrics.gauge("holdfast_outbox_pending", {}, rows, { part: actor });
  metrics.gauge("holdfast_outbox_oldest_age_seconds", {}, oldestAtMs === null ? 0 : (Date.now() - oldestAtMs) / 1_000, { part: actor });
}

/** For an outbox's `onUnreadable`. */
export const countUnreadable =
  (metrics: Metrics) =>
  (destination: string, rows: number): void =>
    metrics.count("holdfast_outbox_unreadable_total", { destination }, rows);
