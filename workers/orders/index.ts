/** The orders Worker hosts the order actors, projects what actors say into Postgres, and wakes what is overdue. */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { HealthApi } from "../../shared/contracts/rpc.ts";
import { createDatabase } from "../../shared/db/client.ts";
import { flushAfterBatch, metricsOf } from "../../shared/platform/metrics.ts";
import { createProductCache } from "../../shared/platform/product-cache.ts";
import { ordersConfig, type OrdersEnv } from "./env.ts";
import { projectOrderEvents } from "./project-order-events.ts";
import { sweepOverdue } from "./sweep-overdue.ts";

export { OrderActor } from "../../durable-objects/order/actor.ts";

export class OrdersService extends WorkerEntrypoint implements HealthApi {
  async health(): Promise<{ status: "up"; dependencies: Record<string, never> }> {
    return { status: "up", dependencies: {} };
  }
}

export default {
  async queue(batch, env, ctx): Promise<void> {
    const config = ordersConfig(env);
    const metrics = metricsOf(env, "orders");
    const cache = createProductCache(config.cache);
    await projectOrderEvents(batch, {
      db: createDatabase(config),
      metrics,
      orderActors: env.ORDER_ACTOR,
      stockActors: env.STOCK_ACTOR,
      placement: config.placement,
      cacheProducts: async (products) => {
        await Promise.all(products.map((product) => cache.putProduct(product)));
      },
    });
    flushAfterBatch(metrics, ctx);
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const config = ordersConfig(env);
    await sweepOverdue({ db: createDatabase(config), orderActors: env.ORDER_ACTOR, placement: config.placement });
    metricsOf(env, "orders").scheduleFlush(ctx);
  },

  /** No route leads here; queues, cron and Workers do. */
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<OrdersEnv>;
