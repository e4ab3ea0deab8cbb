import type { NotificationCommand } from "../../shared/contracts/rpc.ts";
import type { Database } from "../../shared/db/client.ts";
import { recordNotifications } from "../../shared/db/notifications.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { NotificationProvider } from "./provider.ts";

const name = "log";

/**
 * The first provider: a row in `ops.notifications`, and the log says so. The row decides: only who made it tells the log.
 * (A Worker that ends between the two leaves a row without a word in the log; there is never a word without a row, or a second one.)
 */
export function createLogProvider(db: Database): NotificationProvider {
  return {
    name,
    send: async (notifications) => {
      const startedMs = Date.now();
      const recorded = new Set(await recordNotifications(db, notifications, { provider: name }));
      // The same id twice in one call is one row, and the first of them made it.
      const isNew = notifications.map(({ id }) => recorded.delete(id));
      logSent(
        notifications.filter((_, index) => isNew[index]),
        Date.now() - startedMs,
      );
      return isNew.map((made) => ({ outcome: made ? "sent" : "duplicate" }));
    },
  };
}

/** One line for all that were sent together: what each said, to whom and for which request is in its row. */
function logSent(sent: readonly NotificationCommand[], durationMs: number): void {
  const [first] = sent;
  if (first === undefined) return;
  if (sent.length === 1) return logOne(first, durationMs);
  const orderIds = sent.map(({ orderId }) => orderId ?? "-").join(" ");
  createLogger("notifications").info("Notifications sent", {
    provider: name,
    notifications: sent.length,
    order_ids: orderIds,
    duration_ms: durationMs,
  });
}

function logOne({ id, kind, recipient, subject, orderId, context }: NotificationCommand, durationMs: number): void {
  createLogger("notifications", context).info("Notification sent", {
    provider: name,
    notification_id: id,
    kind,
    recipient,
    subject,
    order_id: orderId,
    duration_ms: durationMs,
  });
}
