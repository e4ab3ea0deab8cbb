/** One stuck item by its id, looked at afresh: the order first, then what its id points to. */
import type { OrderAudit } from "../../shared/contracts/audited.ts";
import { examineMoney } from "../../shared/domain/audit/examine-money.ts";
import { examineOrder } from "../../shared/domain/audit/examine-order.ts";
import type { Examination, StuckItem } from "../../shared/domain/audit/finding.ts";
import type { CaptureReading, HoldReading } from "../../shared/domain/audit/readings.ts";
import type { StuckSubject } from "../../shared/domain/audit/stuck-id.ts";
import { confirm, type AuditTime } from "./audit-confirm.ts";
import { orderOf, readHoldsOf } from "./audit-holds.ts";
import { readLedger } from "./audit-ledger.ts";
import type { AuditReader } from "./audit-reader.ts";

/** What an action needs to know of the item it is done to. */
export interface StuckCase {
  readonly item: StuckItem;
  /** null: there is no such order. */
  readonly order: OrderAudit | null;
  /** Of a dead hold. */
  readonly hold: HoldReading | null;
  /** Of money that no order counts. */
  readonly capture: CaptureReading | null;
}

/** The item when it is stuck at every look; null when it is not, or moves. Throws when something could not be read. */
export async function examineStuck(
  reader: AuditReader,
  { id, subject, time }: { readonly id: string; readonly subject: StuckSubject; readonly time: AuditTime },
): Promise<StuckCase | null> {
  const newest: { look?: Look } = {};
  const look = async (): Promise<Examination> => {
    newest.look = await lookAt(reader, subject, time.now());
    const { examination } = newest.look;
    const stuck = examination.stuck.filter((item) => item.id === id);
    return { ...examination, disagreements: [], stuck };
  };
  const { standing } = await confirm([[await look()]], async () => [await look()], time);
  const item = standing[0]?.stuck[0];
  return item === undefined || newest.look === undefined ? null : { item, ...newest.look };
}

interface Look extends Omit<StuckCase, "item"> {
  readonly examination: Examination;
}

async function lookAt(reader: AuditReader, subject: StuckSubject, nowMs: number): Promise<Look> {
  const { orderId } = subject;
  const order = (await reader.orders([orderId]))[0] ?? null;
  if (subject.kind === "charged_without_order") {
    const { reference, createdAtMs } = subject;
    const ledger = await readLedger(reader, { fromMs: createdAtMs - 1_000, toMs: createdAtMs + 1_000, mayStop: () => false });
    const captures = (ledger?.captures ?? []).filter((capture) => capture.orderId === orderId && capture.reference === reference);
    const examination = examineMoney({ orderId, order, captures, complete: false });
    return { order, hold: null, capture: captures[0] ?? null, examination };
  }
  const holds = subject.kind === "dead_hold" ? await readHold(reader, subject) : [];
  // Postgres has no say in what is stuck; null only keeps the whole of the order in view.
  const examination = examineOrder({ orderId, order, holds, skus: null, record: null }, nowMs);
  return { order, hold: holds[0] ?? null, capture: null, examination };
}

async function readHold(
  reader: AuditReader,
  { sku, reservationId }: Extract<StuckSubject, { kind: "dead_hold" }>,
): Promise<readonly HoldReading[]> {
  const holds = await readHoldsOf(reader, sku, [orderOf({ reservationId })]);
  return holds.filter((hold) => hold.reservationId === reservationId);
}
