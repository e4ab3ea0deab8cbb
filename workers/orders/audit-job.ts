/**
 * The audit as a scheduled job. A large shop is not gone through every minute: each run looks at what has moved lately, and at one
 * of the day's 1,440 parts of everything else, so that each order is looked at once a day. Orders' ids are digests, so equal
 * stretches of them are equal parts. The minute is the cursor: nothing is kept.
 */
import { mergeAudits, type WireStuckItem } from "../../shared/contracts/audit.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { stuckKinds } from "../../shared/domain/audit/finding.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import { mergeStuck, pageOfOrders, pageOfPayments, type AuditPage } from "./audit.ts";
import type { AuditTime } from "./audit-confirm.ts";
import { auditOrders, type OrdersScope } from "./audit-orders.ts";
import { auditPayments } from "./audit-payments.ts";
import type { AuditReader } from "./audit-reader.ts";

/** What one run looks at, at most. */
const limits = { recent: 300, part: 1_000, skus: 100, payments: 500 } as const;
const budgetMs = 20_000;
const minutesADay = 1_440;
const minuteMs = 60_000;
/** How far back payments are compared, ms: once more what is a day old, when late money has come; and the newest. */
const paymentsBackMs = [minutesADay * minuteMs, 15 * minuteMs] as const;

export interface AuditJob {
  readonly reader: AuditReader;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly metrics: Pick<Metrics, "count" | "gauge">;
}

/** Never throws: what it finds is a metric and a log line, and so is a run that could not be finished. */
export async function runAuditJob({ reader, now, sleep, metrics }: AuditJob): Promise<void> {
  const logger = createLogger("orders");
  const startedMs = now();
  try {
    const { audit, stuck } = await lookAround(reader, { now, sleep, untilMs: startedMs + budgetMs });
    report(metrics, { disagreements: audit.disagreements.length, checked: audit.checked.skus + audit.checked.orders, stuck, nowMs: now() });
    metrics.count("holdfast_audit_runs_total", { outcome: audit.ok ? "ok" : "disagreed" });
    const fields = { ...audit.checked, in_flight: audit.in_flight, stuck: stuck.length, duration_ms: now() - startedMs };
    if (audit.ok) logger.info("The audit found nothing", fields);
    else logger.error(`The audit disagrees: ${audit.first ?? ""}`, { ...fields, disagreements: audit.disagreements.length });
  } catch (error) {
    metrics.count("holdfast_audit_runs_total", { outcome: "failed" });
    logger.error("The audit could not be finished", { cause: describeError(error), duration_ms: now() - startedMs });
  }
}

interface Report {
  readonly disagreements: number;
  readonly checked: number;
  readonly stuck: readonly WireStuckItem[];
  readonly nowMs: number;
}

function report(metrics: Pick<Metrics, "gauge">, { disagreements, checked, stuck, nowMs }: Report): void {
  metrics.gauge("holdfast_audit_disagreements", {}, disagreements);
  metrics.gauge("holdfast_audit_checked", {}, checked);
  metrics.gauge("holdfast_audit_last_success_timestamp_seconds", {}, nowMs / 1_000);
  for (const kind of stuckKinds) metrics.gauge("holdfast_stuck_money", { kind }, stuck.filter((item) => item.kind === kind).length);
}

async function lookAround(reader: AuditReader, time: AuditTime): Promise<AuditPage> {
  const minute = Math.floor(time.now() / minuteMs);
  const parts = [
    await auditScope(reader, await recentScope(reader, time), time),
    await auditScope(reader, await partScope(reader, minute, time), time),
    ...(await auditPaymentsBack(reader, time)),
  ];
  return parts.reduce((before, part) => ({ audit: mergeAudits(before.audit, part.audit), stuck: mergeStuck(before.stuck, part.stuck) }));
}

async function auditScope(reader: AuditReader, scope: OrdersScope, time: AuditTime): Promise<AuditPage> {
  return pageOfOrders(await auditOrders(reader, scope, time), { isFirst: true, nowMs: time.now(), next: null });
}

const everyLine = { isInScope: () => true, linesOnly: false } as const;

async function recentScope(reader: AuditReader, { now }: AuditTime): Promise<OrdersScope> {
  const ids = await reader.recentOrderIds(limits.recent);
  return { ...everyLine, ids, range: null, skus: [], readUntilMs: now() + budgetMs / 4 };
}

async function partScope(reader: AuditReader, minute: number, { now }: AuditTime): Promise<OrdersScope> {
  const part = minute % minutesADay;
  const range = { after: partBegin(part), to: partBegin(part + 1) };
  const ids = await reader.orderIds({ ...range, limit: limits.part });
  // A part that is too large for one run is looked at as far as that goes.
  const to = ids.length < limits.part ? range.to : (ids.at(-1) ?? range.to);
  const skus = await reader.skusInTurn({ turn: minute, size: limits.skus });
  return { ...everyLine, ids, range: { after: range.after, to }, skus, readUntilMs: now() + budgetMs / 4 };
}

/** Before the ids of a part: the stretch is of their first 32 bits. */
const partBegin = (part: number): string => {
  const bits = Math.floor((part / minutesADay) * 2 ** 32);
  return part === minutesADay ? "ord_g" : `ord_${bits.toString(16).padStart(8, "0").padEnd(32, "0")}`;
};

/** From a day ago on; and the newest, when that has not come to them. */
async function auditPaymentsBack(reader: AuditReader, time: AuditTime): Promise<AuditPage[]> {
  const pages: AuditPage[] = [];
  for (const backMs of paymentsBackMs) {
    const after = { createdAt: new Date(time.now() - backMs).toISOString(), id: "" };
    const part = await auditPayments(reader, { after, limit: limits.payments, readUntilMs: time.now() + budgetMs / 8 }, time);
    if (part !== null) pages.push(pageOfPayments(part, time.now(), null));
    if (part?.next == null) break;
  }
  return pages;
}
