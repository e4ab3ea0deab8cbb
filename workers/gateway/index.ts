/** The gateway Worker: the only one with a public address. Builds the app once for each isolate, from its bindings. */
import { orderActor } from "../../durable-objects/order/client.ts";
import { stockActor } from "../../durable-objects/stock/client.ts";
import { chaosActor, drawOf } from "../../shared/chaos/chaos-of.ts";
import { createChaos, type Chaos, type DrawFaults } from "../../shared/chaos/chaos.ts";
import { isSimulatedPaymentMethod, isStripePaymentMethod } from "../../shared/contracts/payment-methods.ts";
import type { HealthApi, MetricsActorApi, NotificationsApi, OrdersApi, PaymentApi } from "../../shared/contracts/rpc.ts";
import { checkDatabase, createDatabase, type Database } from "../../shared/db/client.ts";
import { listOrders } from "../../shared/db/orders.ts";
import { listProducts } from "../../shared/db/products.ts";
import { newId } from "../../shared/platform/ids.ts";
import { metricsOf } from "../../shared/platform/metrics.ts";
import { createProductCache, type ProductCache } from "../../shared/platform/product-cache.ts";
import { createQstashVerifier } from "../../shared/platform/qstash.ts";
import { plainRpc } from "../../shared/platform/rpc.ts";
import { createApp } from "./app.ts";
import { gatewayConfig, type GatewayConfig } from "./config.ts";
import type { GatewayBindings } from "./env.ts";
import { createHealthCheck, workerProbe } from "./health.ts";
import type { GatewayApp } from "./hono.ts";
import { placingOrders } from "./placing.ts";
import type { GatewayPorts, GatewaySettings } from "./ports.ts";
import { requestChaos } from "./request-chaos.ts";

/** A request's whole time, ms. */
const deadlineMs = 10_000;

let app: GatewayApp | undefined;
/** undefined with CHAOS=off. */
let draw: DrawFaults | undefined;

export default {
  fetch(request, env, ctx) {
    app ??= open(env);
    const gremlins = draw === undefined ? null : request.headers.get("X-Gremlin");
    return (draw === undefined || gremlins === null ? app : appFor(env, requestChaos(gremlins, draw))).fetch(request, env, ctx);
  },
} satisfies ExportedHandler<GatewayBindings>;

function open(env: GatewayBindings): GatewayApp {
  draw = drawOf(env, "gateway");
  return appFor(env, draw && createChaos(draw, { service: "gateway" }));
}

const appFor = (env: GatewayBindings, chaos: Chaos | undefined): GatewayApp => createApp(portsOf(env, gatewayConfig(env), chaos));

function portsOf(env: GatewayBindings, config: GatewayConfig, chaos: Chaos | undefined): GatewayPorts {
  const database = createDatabase({ ...config, chaos });
  const productCache = createProductCache(config.cache && { ...config.cache, chaos });
  const metrics = metricsOf(env, "gateway");
  return {
    settings: settingsOf(config),
    orderActor: (name) => orderActor(env.ORDER_ACTOR, name, config.placement),
    placeOrder: placingOrders({ namespace: env.ORDER_ACTOR, placement: config.placement, metrics }),
    stockActor: (sku) => stockActor(env.STOCK_ACTOR, sku, config.stockPlacement),
    notifications: plainRpc<NotificationsApi>(env.NOTIFICATIONS),
    payment: plainRpc<PaymentApi>(env.PAYMENT),
    auditor: plainRpc<OrdersApi>(env.ORDERS),
    listOrders: (query) => listOrders(database, query),
    listProducts: (query) => listProducts(database, query),
    productCache,
    checkHealth: createHealthCheck(probesOf(env, { database, productCache }), Date.now),
    metrics,
    metricsActor: { render: () => plainRpc<MetricsActorApi>(env.METRICS_ACTOR.get(env.METRICS_ACTOR.idFromName("metrics"))).render() },
    chaos: chaos && chaosActor(env.CHAOS_ACTOR),
    jobs: jobsOf(config, plainRpc<OrdersApi>(env.ORDERS)),
    assets: (request) => env.ASSETS.fetch(request),
    now: Date.now,
    sleep: (ms) => scheduler.wait(ms),
    newId,
  };
}

const jobsOf = ({ qstash }: GatewayConfig, orders: OrdersApi): GatewayPorts["jobs"] =>
  qstash && { verify: createQstashVerifier(qstash), publicBaseUrl: qstash.publicBaseUrl, sweep: () => orders.sweep() };

const settingsOf = ({ apiKeys, duplicatePolicy, paymentProvider }: GatewayConfig): GatewaySettings => ({
  apiKeys,
  duplicatePolicy,
  knowsPaymentMethod: knownBy[paymentProvider],
  deadlineMs,
});

const knownBy = { simulated: isSimulatedPaymentMethod, stripe: isStripePaymentMethod } satisfies Record<
  GatewayConfig["paymentProvider"],
  GatewaySettings["knowsPaymentMethod"]
>;

function probesOf(env: GatewayBindings, { database, productCache }: { database: Database; productCache: ProductCache }) {
  return {
    database: () => probeDatabase(database),
    cache: () => productCache.ping().then(() => null),
    orders: workerProbe(plainRpc<HealthApi>(env.ORDERS)),
    inventory: workerProbe(plainRpc<HealthApi>(env.INVENTORY)),
    payment: workerProbe(plainRpc<HealthApi>(env.PAYMENT)),
    notifications: workerProbe(plainRpc<HealthApi>(env.NOTIFICATIONS)),
  };
}

async function probeDatabase(database: Database): Promise<null> {
  const { status, detail } = await checkDatabase(database);
  if (status === "down") throw new Error(detail);
  return null;
}
