/** The ops Worker hosts the metrics actor and consumes the dead-letter queue of every queue. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { chaosOf } from "../../shared/chaos/chaos-of.ts";
import type { DependencyHealth } from "../../shared/contracts/health.ts";
import type { HealthApi } from "../../shared/contracts/rpc.ts";
import { checkDatabase, createDatabase } from "../../shared/db/client.ts";
import { databaseEnv, once } from "../../shared/platform/config.ts";
import { flushAfterBatch, metricsOf } from "../../shared/platform/metrics.ts";
import type { OpsEnv } from "./env.ts";
import { keepDeadLetters } from "./keep-dead-letters.ts";

export { ChaosActor } from "../../durable-objects/chaos/actor.ts";
export { MetricsActor } from "../../durable-objects/metrics/actor.ts";

const readConfig = once(databaseEnv);
const databaseOf = (env: OpsEnv) => createDatabase({ ...readConfig(env), chaos: chaosOf(env, "ops") });

export class OpsService extends WorkerEntrypoint<OpsEnv> implements HealthApi {
  /** Down when dead letters cannot be kept; they wait in their queues meanwhile. */
  async health(): Promise<{ status: "up" | "down"; dependencies: Record<string, DependencyHealth> }> {
    const database = await checkDatabase(databaseOf(this.env));
    return { status: database.status, dependencies: { database } };
  }
}

export default {
  async queue(batch, env, ctx): Promise<void> {
    const metrics = metricsOf(env, "ops");
    await keepDeadLetters(batch, { db: databaseOf(env), metrics });
    flushAfterBatch(metrics, ctx);
  },
  /** No route leads here; queues and Workers do. */
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<OpsEnv>;
