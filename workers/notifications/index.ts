/** The notifications Worker: tells the customer what became of the order, once. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { chaosOf } from "../../shared/chaos/chaos-of.ts";
import type { WireNotification } from "../../shared/contracts/notification.ts";
import type { NotificationCommand, NotificationsApi } from "../../shared/contracts/rpc.ts";
import { checkDatabase, createDatabase } from "../../shared/db/client.ts";
import { flushAfterBatch, metricsOf } from "../../shared/platform/metrics.ts";
import { notificationsConfig, type NotificationsEnv } from "./env.ts";
import { createLogProvider } from "./log-provider.ts";
import { notifyByHand, sendNotifications, type NotificationDependencies } from "./send-notifications.ts";

export default {
  async queue(batch, env, ctx) {
    const dependencies = dependenciesOf(env);
    await sendNotifications(batch, dependencies);
    flushAfterBatch(dependencies.metrics, ctx);
  },
  /** No route leads here; the queue and the gateway do. */
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<NotificationsEnv>;

/** What the gateway calls. */
export class NotificationsService extends WorkerEntrypoint<NotificationsEnv> implements NotificationsApi {
  /** Idempotent by the command's id. Throws when the notification was not sent. */
  async notify(command: NotificationCommand): Promise<WireNotification> {
    const dependencies = dependenciesOf(this.env);
    try {
      return await notifyByHand(command, dependencies);
    } finally {
      dependencies.metrics.scheduleFlush(this.ctx);
    }
  }

  async health(): ReturnType<NotificationsApi["health"]> {
    const database = await checkDatabase(dependenciesOf(this.env).db);
    return { status: database.status, dependencies: { database } };
  }
}

function dependenciesOf(env: NotificationsEnv) {
  const config = notificationsConfig(env);
  const db = createDatabase({ ...config, chaos: chaosOf(env, "notifications") });
  return {
    db,
    metrics: metricsOf(env, "notifications"),
    provider: createLogProvider(db),
    orderActors: env.ORDER_ACTOR,
    placement: config.placement,
  } satisfies NotificationDependencies;
}
