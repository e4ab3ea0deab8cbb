/** The notifications that were sent, and their one mapping. The row is what makes a notification happen once. */
import { and, eq, or, sql } from "drizzle-orm";
import type { WireNotification } from "../contracts/notification.ts";
import type { NotificationCommand } from "../contracts/rpc.ts";
import type { Database } from "./client.ts";
import { insertNew } from "./array-rows.ts";
import { notifications } from "./schema/ops.ts";

/**
 * Records the notifications and answers the ids of those that are new. Of any number of calls with the same id, or with the
 * same outcome of the same order, at the same time or later, exactly one is told that it is new.
 *
 * @param options.provider Who sends them. Throws what the driver throws; then it may or may not have been recorded.
 */
export async function recordNotifications(
  db: Database,
  commands: readonly NotificationCommand[],
  options: { readonly provider: string },
): Promise<ReadonlySet<string>> {
  if (commands.length === 0) return new Set();
  const rows = commands.map((command) => ({ ...toRow(command), provider: options.provider }));
  const { rows: recorded } = await db.execute<{ id: string }>(
    sql`${insertNew({ table: notifications, key: [notifications.id], rows })} returning id`,
  );
  return new Set(recorded.map(({ id }) => id));
}

/** The notification that a command's id stands for, or the one that told of the same outcome before it. */
export async function findNotification(
  db: Database,
  command: Pick<NotificationCommand, "id" | "kind" | "orderId">,
): Promise<WireNotification | null> {
  const sameOutcome =
    command.orderId === null ? undefined : and(eq(notifications.orderId, command.orderId), eq(notifications.kind, command.kind));
  const rows = await db
    .select()
    .from(notifications)
    .where(or(eq(notifications.id, command.id), sameOutcome))
    .orderBy(sql`${notifications.id} = ${command.id} desc`)
    .limit(1);
  return rows[0] === undefined ? null : toWireNotification(rows[0]);
}

const toRow = ({ id, kind, recipient, subject, message, orderId, context }: NotificationCommand) => ({
  id,
  kind,
  recipient,
  subject,
  message,
  orderId,
  requestId: context.requestId,
  correlationId: context.correlationId,
});

const toWireNotification = (row: typeof notifications.$inferSelect): WireNotification => ({
  id: row.id,
  kind: row.kind,
  recipient: row.recipient,
  subject: row.subject,
  message: row.message,
  order_id: row.orderId,
  sent_at: row.sentAt,
});
