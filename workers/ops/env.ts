import type { MetricsActorEnv } from "../../durable-objects/metrics/actor.ts";

/** What the ops Worker needs of its bindings. DATABASE_URL and DATABASE_FETCH_ENDPOINT are read by `databaseEnv` alone. */
export interface OpsEnv extends MetricsActorEnv {
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
}
