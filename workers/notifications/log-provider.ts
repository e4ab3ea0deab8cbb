import type { Database } from "../../shared/db/client.ts";
import { recordNotifications } from "../../shared/db/notifications.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { NotificationProvider } from "./provider.ts";

/**
 * The first provider: a row in `ops.notifications` and a line in the log. The row decides: only who made it writes the line.
 * (A Worker that ends between the two leaves a row without a line; there is never a line without a row, or a second one.)
 */
export function createLogProvider(db: Database): NotificationProvider {
  const name = "log";
  return {
    name,
    send: async (notifications) => {
      const startedMs = Date.now();
      const recorded = new Set(await recordNotifications(db, notifications, { provider: name }));
      return notifications.map(({ id, kind, recipient, subject, orderId, context }) => {
        // The same id twice in one call is one row, and the first of them made it.
        if (!recorded.delete(id)) return { outcome: "duplicate" };
        createLogger("notifications", context).info("Notification sent", {
          provider: name,
          notification_id: id,
          kind,
          recipient,
          subject,
          order_id: orderId,
          duration_ms: Date.now() - startedMs,
        });
        return { outcome: "sent" };
      });
    },
  };
}
