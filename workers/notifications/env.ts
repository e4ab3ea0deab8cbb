import { databaseEnv, once, placementEnv } from "../../shared/platform/config.ts";

/** The bindings this Worker uses; its strings are read by `notificationsConfig` alone. */
export interface NotificationsEnv {
  readonly ORDER_ACTOR: DurableObjectNamespace;
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
}

export const notificationsConfig = once(databaseEnv.and(placementEnv));
