/** The schema `ops`, as migrations/0004, 0007 and 0008 make it: what the people who run the shop look into. */
import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgSchema, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { interventionOutcomes, type WireStuckItem } from "../../contracts/audit.ts";
import { stuckActions, type StuckAction } from "../../domain/audit/finding.ts";
import { atLeast, instant, isOneOf, oneOf } from "./columns.ts";

const schema = pgSchema("ops");

/** The kinds that an order can have only one of. */
export const outcomeKinds = ["order.confirmed", "order.failed", "order.cancelled", "order.fulfilled", "order.refunded"] as const;

export const notifications = schema.table(
  "notifications",
  {
    id: text().primaryKey(),
    kind: text().notNull(),
    recipient: text().notNull(),
    subject: text().notNull(),
    message: text().notNull(),
    orderId: text("order_id"),
    provider: text().notNull(),
    requestId: text("request_id").notNull(),
    correlationId: text("correlation_id").notNull(),
    sentAt: instant("sent_at")
      .notNull()
      .default(sql`now()`),
  },
  (notification) => [
    uniqueIndex("notifications_one_per_outcome")
      .on(notification.orderId, notification.kind)
      .where(isOneOf(notification.kind, outcomeKinds)),
    index("notifications_newest").on(notification.sentAt.desc(), notification.id.desc()),
  ],
);

export const deadLetters = schema.table(
  "dead_letters",
  {
    /** The queue the message was sent to, not its dead-letter queue. */
    queue: text().notNull(),
    /** The event's id, or the message's when it carries no event. */
    messageKey: text("message_key").notNull(),
    body: jsonb().$type<unknown>(),
    reason: text(),
    /** Deliveries of the message before it was given up, as the queue counts them. */
    attempts: integer().notNull(),
    /** How often it came here. */
    times: integer().notNull(),
    requestId: text("request_id"),
    correlationId: text("correlation_id"),
    firstSeenAt: instant("first_seen_at")
      .notNull()
      .default(sql`now()`),
    lastSeenAt: instant("last_seen_at")
      .notNull()
      .default(sql`now()`),
  },
  (letter) => [
    primaryKey({ name: "dead_letters_pkey", columns: [letter.queue, letter.messageKey] }),
    atLeast("dead_letters_attempts_check", letter.attempts, 0),
    atLeast("dead_letters_times_check", letter.times, 1),
    index("dead_letters_newest").on(letter.lastSeenAt.desc(), letter.queue, letter.messageKey),
  ],
);

/** `started`: done perhaps, and its outcome not heard of. */
const outcomes = ["started", ...interventionOutcomes] as const;

/** What people did by hand about what was stuck. */
export const interventions = schema.table(
  "interventions",
  {
    /** The idempotency name of who asked and the key. */
    id: text().primaryKey(),
    principalId: text("principal_id").notNull(),
    action: text().$type<StuckAction>().notNull(),
    itemId: text("item_id").notNull(),
    item: jsonb().$type<WireStuckItem>().notNull(),
    outcome: text().$type<(typeof outcomes)[number]>().notNull(),
    detail: text(),
    requestId: text("request_id").notNull(),
    correlationId: text("correlation_id").notNull(),
    startedAt: instant("started_at")
      .notNull()
      .default(sql`now()`),
    endedAt: instant("ended_at"),
  },
  (intervention) => [
    oneOf("interventions_action_check", intervention.action, stuckActions),
    oneOf("interventions_outcome_check", intervention.outcome, outcomes),
    index("interventions_newest").on(intervention.startedAt.desc(), intervention.id.desc()),
  ],
);
