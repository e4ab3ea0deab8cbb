/** The audit and what is stuck, on the wire; and their one mapping from what the comparison finds. */
import { z } from "zod";
import { auditRules, stuckActions, stuckKinds, type Disagreement, type StuckItem } from "../domain/audit/finding.ts";
import { amountMinorSchema, currencySchema, orderIdSchema, skuSchema } from "./primitives.ts";

const count = (description: string) => z.int().min(0).meta({ description });

export const disagreementSchema = z
  .object({
    rule: z.enum(auditRules),
    subject: z.string().meta({ description: "An order's id or an SKU" }),
    expected: z.string(),
    found: z.string(),
    detail: z.string().meta({ description: "The same as a sentence" }),
  })
  .meta({ id: "Disagreement" });
export type WireDisagreement = z.infer<typeof disagreementSchema>;

export const checkedSchema = z.object({
  skus: count("Ledgers whose sums were checked"),
  orders: count("Orders compared with their neighbours, those in flight not counted"),
  holds: count("Orders' holds"),
  captures: count("Captures at the provider; 0 with a provider that keeps no ledger"),
  notifications: count("Confirmations that were sent"),
  records: count("Orders in Postgres"),
});
export type WireChecked = z.infer<typeof checkedSchema>;

export const auditSchema = z
  .object({
    ok: z.boolean().meta({ description: "Nothing disagrees in what was checked here" }),
    checked: checkedSchema,
    in_flight: count("Orders on which something is still under way, of which nothing can be said yet"),
    disagreements: z.array(disagreementSchema),
    first: z.string().nullable().meta({ description: "The first disagreement as a sentence" }),
    next_cursor: z.string().nullable().meta({ description: "Where the audit goes on; null when all has been looked at" }),
  })
  .meta({ id: "Audit" });
export type WireAudit = z.infer<typeof auditSchema>;

export const stuckItemSchema = z
  .object({
    id: z.string().meta({ description: "The same for the same thing, whenever it is looked at" }),
    kind: z.enum(stuckKinds),
    order_id: orderIdSchema,
    sku: skuSchema.nullable(),
    amount_minor: amountMinorSchema.nullable(),
    currency: currencySchema.nullable(),
    age_seconds: z.int().min(0),
    detail: z.string(),
    actions: z.array(z.enum(stuckActions)),
  })
  .meta({ id: "StuckItem" });
export type WireStuckItem = z.infer<typeof stuckItemSchema>;

export const stuckListSchema = z.object({ data: z.array(stuckItemSchema), next_cursor: z.string().nullable() }).meta({ id: "StuckList" });
export type WireStuckList = z.infer<typeof stuckListSchema>;

export const resolveBodySchema = z
  .strictObject({
    action: z.enum(stuckActions).meta({
      description:
        "One of the item's `actions`. finish: take the order up, or the sale over; void: give the money back; release: free the stock",
    }),
  })
  .meta({ id: "ResolveStuck" });

/** `under_way`: it has been asked for and will be done. `refused`: by the order or the provider; `detail` says why. */
export const interventionOutcomes = ["done", "under_way", "refused"] as const;

export const interventionSchema = z
  .object({
    item: stuckItemSchema,
    action: z.enum(stuckActions),
    outcome: z.enum(interventionOutcomes),
    detail: z.string().nullable(),
  })
  .meta({ id: "Intervention" });
export type WireIntervention = z.infer<typeof interventionSchema>;

export const toWireDisagreement = ({ rule, subject, expected, found, detail }: Disagreement): WireDisagreement => ({
  rule,
  subject,
  expected,
  found,
  detail,
});

export const toWireStuckItem = (item: StuckItem, nowMs: number): WireStuckItem => ({
  id: item.id,
  kind: item.kind,
  order_id: item.orderId,
  sku: item.sku,
  amount_minor: item.amountMinor,
  currency: item.currency,
  age_seconds: Math.max(0, Math.floor((nowMs - item.sinceMs) / 1_000)),
  detail: item.detail,
  actions: [...item.actions],
});

export const nothingChecked: WireChecked = { skus: 0, orders: 0, holds: 0, captures: 0, notifications: 0, records: 0 };

/**
 * Two pages of one audit, or two parts of a page, as one. The later one says where it goes on. A disagreement at the seam of two
 * pages may be on both, and is told once.
 */
export function mergeAudits(first: WireAudit, second: WireAudit): WireAudit {
  const sum = (name: keyof WireChecked): number => first.checked[name] + second.checked[name];
  const checked: WireChecked = {
    skus: sum("skus"),
    orders: sum("orders"),
    holds: sum("holds"),
    captures: sum("captures"),
    notifications: sum("notifications"),
    records: sum("records"),
  };
  const known = new Set(first.disagreements.map((disagreement) => JSON.stringify(disagreement)));
  return {
    ok: first.ok && second.ok,
    checked,
    in_flight: first.in_flight + second.in_flight,
    disagreements: [...first.disagreements, ...second.disagreements.filter((disagreement) => !known.has(JSON.stringify(disagreement)))],
    first: first.first ?? second.first,
    next_cursor: second.next_cursor,
  };
}
