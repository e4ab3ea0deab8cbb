/** The orders Worker hosts the order actors, projects what actors say into Postgres, wakes what is overdue, and audits. */
import { WorkerEntrypoint } from "cloudflare:workers";
import { chaosOf } from "../../shared/chaos/chaos-of.ts";
import { orderActor } from "../../durable-objects/order/client.ts";
import { stockActor } from "../../durable-objects/stock/client.ts";
import type { AuditQuery, OrdersApi, PaymentApi, ResolveStuckCommand, ResolveStuckReply } from "../../shared/contracts/rpc.ts";
import { createDatabase } from "../../shared/db/client.ts";
import { flushAfterBatch, metricsOf } from "../../shared/platform/metrics.ts";
import { createProductCache } from "../../shared/platform/product-cache.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import { auditPage } from "./audit.ts";
import { runAuditJob } from "./audit-job.ts";
import { createAuditReader } from "./audit-reader.ts";
import { ordersConfig, type OrdersEnv } from "./env.ts";
import { projectOrderEvents } from "./project-order-events.ts";
import { listStuck, resolveStuck } from "./stuck.ts";
import { sweepOverdue, type SweepResult } from "./sweep-overdue.ts";

export { OrderActor } from "../../durable-objects/order/actor.ts";

export class OrdersService extends WorkerEntrypoint<OrdersEnv> implements OrdersApi {
  async health(): Promise<{ status: "up"; dependencies: Record<string, never> }> {
    ordersConfig(this.env);
    return { status: "up", dependencies: {} };
  }

  sweep(): Promise<SweepResult> {
    return sweepOrders(this.env);
  }

  audit(query: AuditQuery): ReturnType<OrdersApi["audit"]> {
    return auditPage(auditOf(this.env), query);
  }

  stuck(query: AuditQuery): ReturnType<OrdersApi["stuck"]> {
    return listStuck(auditOf(this.env), query);
  }

  resolveStuck(command: ResolveStuckCommand): Promise<ResolveStuckReply> {
    return resolveStuck(auditOf(this.env), command);
  }
}

/** What the audit reads and an intervention touches. No gremlin gets between: what measures is not to be shaken. */
function auditOf(env: OrdersEnv) {
  const config = ordersConfig(env);
  const payment = plainRpc<PaymentApi>(env.PAYMENT);
  const db = createDatabase({
    databaseUrl: config.databaseUrl,
    databaseFetchEndpoint: config.databaseFetchEndpoint,
    queryTimeoutMs: 5_000,
  });
  const { placement, stockPlacement } = config;
  const stockOf = (sku: string) => stockActor(env.STOCK_ACTOR, sku, stockPlacement);
  return {
    db,
    payment,
    orderActor: (name: string) => orderActor(env.ORDER_ACTOR, name, placement),
    stockActor: stockOf,
    reader: createAuditReader({ db, orderActors: env.ORDER_ACTOR, stockActor: stockOf, payment, placement }),
    limits: auditLimits[placement.kind],
    now: () => Date.now(),
    sleep: async (ms: number) => {
      await scheduler.wait(ms);
    },
  };
}

/** A page of the audit: one call reads 100 orders of a host, or one order that has its own. */
const auditLimits = { pooled: { orders: 5_000, skus: 1_000 }, "per-order": { orders: 500, skus: 500 } } as const;

/** The one sweep, whoever asks for it: the cron trigger, or QStash through the gateway. */
function sweepOrders(env: OrdersEnv): Promise<SweepResult> {
  const config = ordersConfig(env);
  const db = createDatabase({ ...config, chaos: chaosOf(env, "orders") });
  return sweepOverdue({ db, orderActors: env.ORDER_ACTOR, placement: config.placement });
}

export default {
  async queue(batch, env, ctx): Promise<void> {
    const config = ordersConfig(env);
    const metrics = metricsOf(env, "orders");
    const chaos = chaosOf(env, "orders");
    const cache = createProductCache(config.cache && { ...config.cache, chaos });
    await projectOrderEvents(batch, {
      db: createDatabase({ ...config, chaos }),
      metrics,
      orderActors: env.ORDER_ACTOR,
      stockActor: (sku) => stockActor(env.STOCK_ACTOR, sku, config.stockPlacement),
      placement: config.placement,
      cacheProducts: async (products) => {
        await Promise.all(products.map((product) => cache.putProduct(product)));
      },
    });
    flushAfterBatch(metrics, ctx);
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    // A failure has been logged, and the next minute tries again.
    await sweepOrders(env).catch(() => undefined);
    await runAuditJob({ ...auditOf(env), metrics: metricsOf(env, "orders") });
    metricsOf(env, "orders").scheduleFlush(ctx);
  },

  /** No route leads here; queues, cron and Workers do. */
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<OrdersEnv>;
