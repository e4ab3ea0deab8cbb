/** The messages that a queue gave up, kept so that a person can look at them and send them again. */
import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { insertRows } from "./array-rows.ts";
import { deadLetters } from "./schema/ops.ts";
import { toStorableBody } from "./storable-body.ts";

export interface DeadLetter {
  /** The queue the message was sent to, not its dead-letter queue. */
  readonly queue: string;
  /** What stays the same however often it comes: the event's id, or else the message's. */
  readonly key: string;
  /** As the queue gave it, of whatever type. */
  readonly body: unknown;
  /** Why it was given up, when that is known. */
  readonly reason: string | null;
  /** Deliveries so far. */
  readonly attempts: number;
  readonly requestId: string | null;
  readonly correlationId: string | null;
}

/** One row for each queue and key: the first time makes it, later ones count it up and renew it. Throws what the driver throws. */
export async function keepDeadLetters(db: Database, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const key = [deadLetters.queue, deadLetters.messageKey];
  await db.execute(sql`${insertRows({ table: deadLetters, key, rows: toRows(letters) })}
    on conflict (queue, message_key) do update set
      body = excluded.body,
      reason = coalesce(excluded.reason, stored.reason),
      attempts = excluded.attempts,
      times = stored.times + excluded.times,
      request_id = coalesce(excluded.request_id, stored.request_id),
      correlation_id = coalesce(excluded.correlation_id, stored.correlation_id),
      last_seen_at = excluded.last_seen_at`);
}

/** One statement cannot touch a row twice, so what comes twice in one call is counted here. */
function toRows(letters: readonly DeadLetter[]) {
  const rows = new Map<string, ReturnType<typeof toRow>>();
  for (const letter of letters) {
    const id = JSON.stringify([letter.queue, letter.key]);
    const before = rows.get(id);
    rows.set(id, toRow(letter, (before?.times ?? 0) + 1));
  }
  return [...rows.values()];
}

const toRow = (letter: DeadLetter, times: number) => ({
  queue: letter.queue,
  messageKey: letter.key,
  body: toStorableBody(letter.body),
  reason: letter.reason,
  attempts: letter.attempts,
  times,
  requestId: letter.requestId,
  correlationId: letter.correlationId,
});
