/** What the gateway needs of the world. `index.ts` gives it the real things; a test gives it fakes. */
import type { WireHealth } from "../../shared/contracts/health.ts";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { WireProduct } from "../../shared/contracts/product.ts";
import type { MetricsActorApi, NotificationsApi, OrderActorApi, StockActorApi } from "../../shared/contracts/rpc.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Page } from "../../shared/db/cursor.ts";
import type { ListOrdersQuery } from "../../shared/db/orders.ts";
import type { ListProductsQuery, ProductCache } from "../../shared/platform/product-cache.ts";
import type { ApiKey } from "./middleware/authenticate.ts";

export interface GatewaySettings {
  readonly apiKeys: readonly ApiKey[];
  readonly duplicatePolicy: "replay" | "reject";
  /** Whether the payment provider can know this token; asked before anything is touched. */
  readonly knowsPaymentMethod: (token: string) => boolean;
  /** After this long a request is answered 503, whatever it is doing, ms. */
  readonly deadlineMs: number;
}

export interface GatewayPorts {
  readonly settings: GatewaySettings;
  /** The actor that hosts an idempotency name. */
  readonly orderActor: (name: string) => OrderActorApi;
  readonly stockActor: (sku: string) => StockActorApi;
  readonly notifications: Pick<NotificationsApi, "notify">;
  /** Throws when Postgres cannot be asked; so does `listProducts`. */
  readonly listOrders: (query: ListOrdersQuery) => Promise<Page<WireOrder>>;
  readonly listProducts: (query: ListProductsQuery) => Promise<Page<WireProduct>>;
  readonly productCache: ProductCache;
  readonly checkHealth: () => Promise<WireHealth>;
  readonly metrics: Metrics;
  readonly metricsActor: Pick<MetricsActorApi, "render">;
  /** The static files under `public/`. */
  readonly assets: (request: Request) => Promise<Response>;
  /** Now, ms since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A new UUIDv7. */
  readonly newId: () => string;
}
