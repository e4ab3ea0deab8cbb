/** The ids of stuck items: kind and subject, so that one can be found again without a list of them. */
import type { StuckKind } from "./finding.ts";

/** What an id names. The parts are free of `~`, which no address needs to escape (RFC 3986). */
export type StuckSubject =
  | { readonly kind: "overdue_alarm" | "captured_but_cancelled"; readonly orderId: string }
  | { readonly kind: "dead_hold"; readonly orderId: string; readonly sku: string; readonly reservationId: string }
  /** `createdAtMs`: where to look for it in the provider's ledger. */
  | { readonly kind: "charged_without_order"; readonly orderId: string; readonly reference: string; readonly createdAtMs: number };

export function stuckId(subject: StuckSubject): string {
  switch (subject.kind) {
    case "dead_hold":
      return [subject.kind, subject.sku, subject.reservationId].join("~");
    case "charged_without_order":
      return [subject.kind, subject.orderId, subject.reference, subject.createdAtMs].join("~");
    case "overdue_alarm":
    case "captured_but_cancelled":
      return [subject.kind, subject.orderId].join("~");
  }
}

const orderId = "ord_[0-9a-f]{32}";
const patterns: Readonly<Record<StuckKind, RegExp>> = {
  overdue_alarm: new RegExp(`^overdue_alarm~(${orderId})$`),
  captured_but_cancelled: new RegExp(`^captured_but_cancelled~(${orderId})$`),
  dead_hold: new RegExp(`^dead_hold~([A-Za-z0-9._-]{1,64})~((${orderId}):[0-9]{1,3})$`),
  charged_without_order: new RegExp(`^charged_without_order~(${orderId})~([A-Za-z0-9._:-]{1,128})~([0-9]{1,15})$`),
};

/** null for a text that is no id of a stuck item. */
export function parseStuckId(id: string): StuckSubject | null {
  const [, overdue] = patterns.overdue_alarm.exec(id) ?? [];
  if (overdue !== undefined) return { kind: "overdue_alarm", orderId: overdue };
  const [, kept] = patterns.captured_but_cancelled.exec(id) ?? [];
  if (kept !== undefined) return { kind: "captured_but_cancelled", orderId: kept };
  const [, sku, reservationId, holder] = patterns.dead_hold.exec(id) ?? [];
  if (sku !== undefined && reservationId !== undefined && holder !== undefined)
    return { kind: "dead_hold", orderId: holder, sku, reservationId };
  const [, payer, reference, createdAt] = patterns.charged_without_order.exec(id) ?? [];
  if (payer === undefined || reference === undefined || createdAt === undefined) return null;
  return { kind: "charged_without_order", orderId: payer, reference, createdAtMs: Number(createdAt) };
}
