/** What an examination finds: things that disagree, and things that are stuck. */

export const auditRules = [
  "sku_has_ledger",
  "received_is_on_hand_and_sold",
  "received_is_deliveries",
  "reserved_is_live_holds",
  "sold_is_committed_holds",
  "shards_agree_with_root",
  "live_hold_has_open_order",
  "sold_line_has_committed_hold",
  "committed_hold_has_sold_line",
  "ended_order_keeps_no_money",
  "confirmed_order_is_paid",
  "capture_has_one_order",
  "paid_order_has_one_capture",
  "confirmed_order_was_notified_once",
  "record_has_order",
  "record_equals_order",
  "order_is_not_overdue",
  "order_is_delivered",
] as const;
export type AuditRule = (typeof auditRules)[number];

/** One thing that is not as it must be. `subject` is an order's id or an SKU. */
export interface Disagreement {
  readonly rule: AuditRule;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  /** A sentence for a person, the subject named in it. */
  readonly detail: string;
}

export const stuckKinds = ["charged_without_order", "captured_but_cancelled", "dead_hold", "overdue_alarm"] as const;
export type StuckKind = (typeof stuckKinds)[number];

export const stuckActions = ["finish", "void", "release"] as const;
export type StuckAction = (typeof stuckActions)[number];

/** Money or stock that will not move again by itself, or an order that should have moved. */
export interface StuckItem {
  /** Made of the kind and the subject, so the same thing has the same id whenever it is looked at. */
  readonly id: string;
  readonly kind: StuckKind;
  readonly orderId: string;
  readonly sku: string | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** Since when it is stuck. */
  readonly sinceMs: number;
  readonly detail: string;
  readonly actions: readonly StuckAction[];
}

/** What one look at one order or SKU gave. */
export interface Examination {
  readonly subject: string;
  /** The order's version at that look; null for an SKU, and for an order that does not exist. */
  readonly version: number | null;
  /** Something is still under way, so that nothing can be said yet. */
  readonly inFlight: boolean;
  readonly disagreements: readonly Disagreement[];
  readonly stuck: readonly StuckItem[];
}

export const nothingFound = { inFlight: false, disagreements: [], stuck: [] } as const;

export const isSuspect = ({ disagreements, stuck }: Examination): boolean => disagreements.length > 0 || stuck.length > 0;

/**
 * What two looks at the same subject have both found. Nothing, when the order has moved in between: then the second look is
 * the first one at a new state, which another one must confirm.
 */
export function persisting(before: Examination, now: Examination): Examination {
  const unmoved = before.version === now.version;
  const seen = new Set(before.disagreements.map(keyOf));
  const stuckBefore = new Set(before.stuck.map(({ id }) => id));
  const disagreements = unmoved ? now.disagreements.filter((disagreement) => seen.has(keyOf(disagreement))) : [];
  const stuck = unmoved ? now.stuck.filter(({ id }) => stuckBefore.has(id)) : [];
  return { ...now, inFlight: disagreements.length + stuck.length === 0, disagreements, stuck };
}

const keyOf = ({ rule, subject, expected, found }: Disagreement): string => JSON.stringify([rule, subject, expected, found]);
