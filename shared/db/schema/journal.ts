/** The orders' journals, as migrations/0001 and 0009 make them: what the order actors' events tell of each step. */
import { sql } from "drizzle-orm";
import { check, doublePrecision, foreignKey, integer, json, jsonb, primaryKey, text } from "drizzle-orm/pg-core";
import { orderStatuses, type WireTimelineEntry } from "../../contracts/order.ts";
import { atLeast, instant, oneOf } from "./columns.ts";
import { orders, schema } from "./orders.ts";

/** The entries that one event tells, which are a stretch of the order's journal: no other event tells any of them. */
export const journalChanges = schema.table(
  "journal_changes",
  {
    orderId: text("order_id").notNull(),
    firstSeq: integer("first_seq").notNull(),
    /** `json`, not `jsonb`, which costs more to write and is larger. */
    entries: json().$type<readonly WireTimelineEntry[]>().notNull(),
  },
  (change) => [
    primaryKey({ name: "journal_changes_pkey", columns: [change.orderId, change.firstSeq] }),
    foreignKey({ name: "journal_changes_order_id_fkey", columns: [change.orderId], foreignColumns: [orders.id] }).onDelete("cascade"),
    atLeast("journal_changes_first_seq_check", change.firstSeq, 1),
    check("journal_changes_entries_check", sql`json_typeof(${change.entries}) = 'array'`),
  ],
);

/** What an entry has, in the table of before 0009 and in the view. */
export const entryColumns = {
  orderId: text("order_id").notNull(),
  seq: integer().notNull(),
  step: text().$type<WireTimelineEntry["step"]>().notNull(),
  attempt: integer().notNull(),
  at: instant().notNull(),
  durationMs: doublePrecision("duration_ms").notNull(),
  outcome: text().$type<WireTimelineEntry["outcome"]>().notNull(),
  status: text({ enum: orderStatuses }).notNull(),
  cause: text().notNull(),
  detail: text(),
  stock: jsonb().$type<WireTimelineEntry["stock"]>().notNull(),
  money: jsonb().$type<NonNullable<WireTimelineEntry["money"]>>(),
};

/** What releases before 0009 wrote, an entry a row. Nothing here writes it. */
export const journalEntries = schema.table("journal_entries", entryColumns, (entry) => [
  primaryKey({ name: "journal_pkey", columns: [entry.orderId, entry.seq] }),
  foreignKey({ name: "journal_order_id_fkey", columns: [entry.orderId], foreignColumns: [orders.id] }).onDelete("cascade"),
  atLeast("journal_seq_check", entry.seq, 1),
  atLeast("journal_attempt_check", entry.attempt, 1),
  atLeast("journal_duration_ms_check", entry.durationMs, 0),
  oneOf("journal_outcome_check", entry.outcome, ["ok", "refused", "unknown"]),
  oneOf("journal_status_check", entry.status, orderStatuses),
]);

/** Every entry of both, a row each: what is asked for the journal. */
export const journal = schema.view("journal", entryColumns).existing();
