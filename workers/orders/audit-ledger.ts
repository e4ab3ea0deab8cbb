/** A stretch of the provider's ledger, page by page. */
import { orderIdSchema } from "../../shared/contracts/primitives.ts";
import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import type { CaptureReading } from "../../shared/domain/audit/readings.ts";
import type { AuditReader } from "./audit-reader.ts";

export interface LedgerStretch {
  readonly fromMs: number;
  /** Infinity: to the end. */
  readonly toMs: number;
  /** Asked after each page, with the time of its last capture: whether there is time for no more. */
  readonly mayStop: (lastMs: number) => boolean;
}

export interface Ledger {
  readonly captures: readonly CaptureReading[];
  /** Everything before it was read; Infinity when all that was wanted was. */
  readonly endMs: number;
}

/** Captures that name no order of ours are somebody else's, and left out. null: the provider keeps no ledger. */
export async function readLedger(reader: AuditReader, { fromMs, toMs, mayStop }: LedgerStretch): Promise<Ledger | null> {
  const captures: ProviderCapture[] = [];
  for (let cursor: string | null = null; ;) {
    const page: CapturePage | null = await reader.captures({ sinceMs: Math.max(0, fromMs), cursor });
    if (page === null) return null;
    captures.push(...page.captures);
    const lastMs = captures.at(-1)?.createdAtMs ?? 0;
    const isDone = page.next === null || lastMs > toMs;
    if (isDone || mayStop(lastMs)) return { captures: captures.filter(isOurs), endMs: isDone ? Infinity : lastMs };
    cursor = page.next;
  }
}

type CapturePage = NonNullable<Awaited<ReturnType<AuditReader["captures"]>>>;

const isOurs = (capture: ProviderCapture): capture is ProviderCapture & { orderId: string } =>
  capture.orderId !== null && orderIdSchema.safeParse(capture.orderId).success;
