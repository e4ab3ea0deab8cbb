/** What a run amounts to, for a file and for one line that can be quoted. */
import type { Target } from "./plan-kills.ts";
import type { Violation } from "./verdict.ts";

export interface Totals {
  readonly seed: number;
  readonly kills: Readonly<Record<Target, number>>;
  /** More than there were when the time was over, or something was wrong. */
  readonly kills_asked_for: number;
  readonly stores: string;
  readonly payment: string;
  readonly placement: string;
  readonly requests: number;
  /** Requests whose connection died, or that nobody listened to. */
  readonly broken: number;
  readonly orders_acknowledged: number;
  readonly orders_confirmed: number;
  readonly answers_kept: number;
  readonly replays_checked: number;
  readonly orders_read: number;
  readonly restarts: number;
  readonly restart_ms_median: number;
  readonly restart_ms_longest: number;
  /** Times the cloud's process ended because it had lost its runtime, and was started again. */
  readonly runtimes_lost: number;
  readonly settled_after_seconds: number;
  /** What the last audit says it has looked at; null when it was not reached. */
  readonly audited: unknown;
  readonly minutes: number;
  readonly violations: readonly Violation[];
  /** Where the state and the logs are; null when nothing was wrong and they were removed. */
  readonly evidence: string | null;
}

export const sumOf = (kills: Totals["kills"]): number => Object.values(kills).reduce((sum, count) => sum + count, 0);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

/** One line. */
export function describeTotals(totals: Totals): string {
  const [count, asked] = [sumOf(totals.kills), totals.kills_asked_for];
  const kills = Object.entries(totals.kills).map(([target, count]) => `${target} ${count}`);
  return [
    `prove:kill seed ${totals.seed}: ${count === asked ? count : `${count} of ${asked}`} kills (${kills.join(", ")})`,
    `${totals.requests} requests (${totals.broken} broken)`,
    `${totals.orders_acknowledged} orders acknowledged, ${totals.orders_confirmed} confirmed`,
    `${totals.replays_checked} replays and ${totals.orders_read} readings checked`,
    `${totals.restarts} restarts, median ${totals.restart_ms_median} ms`,
    `settled after ${totals.settled_after_seconds} s`,
    `payment ${totals.payment}, stores ${totals.stores}`,
    `${totals.minutes.toFixed(1)} minutes`,
    `${totals.violations.length} violations`,
  ].join("; ");
}
