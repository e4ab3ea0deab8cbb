/** What the gateway needs of the world. `index.ts` gives it the real things; a test gives it fakes. */
import type { ChaosActorApi } from "../../shared/contracts/chaos.ts";
import type { WireHealth } from "../../shared/contracts/health.ts";
import type { WireOrder } from "../../shared/contracts/order.ts";
import type { WireProduct } from "../../shared/contracts/product.ts";
import type {
  MetricsActorApi,
  NotificationsApi,
  OrderActorApi,
  OrdersApi,
  PaymentApi,
  PlaceOrderCommand,
  PlaceOrderReply,
  StockActorApi,
} from "../../shared/contracts/rpc.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { VerifyQstash } from "../../shared/platform/qstash.ts";
import type { Page } from "../../shared/db/cursor.ts";
import type { ListOrdersQuery } from "../../shared/db/orders.ts";
import type { ListProductsQuery, ProductCache } from "../../shared/platform/product-cache.ts";
import type { PlacingRequest } from "./joined-orders.ts";
import type { ApiKey } from "./middleware/authenticate.ts";

export interface GatewaySettings {
  readonly apiKeys: readonly ApiKey[];
  readonly duplicatePolicy: "replay" | "reject";
  /** Whether the payment provider can know this token; asked before anything is touched. */
  readonly knowsPaymentMethod: (token: string) => boolean;
  /** After this long a request is answered 503, whatever it is doing, ms. */
  readonly deadlineMs: number;
}

/** The jobs that QStash starts. */
export interface JobPorts extends Pick<OrdersApi, "sweep"> {
  readonly verify: VerifyQstash;
  /** Under which QStash reaches this gateway, without a slash at the end. */
  readonly publicBaseUrl: string;
}

export interface GatewayPorts {
  readonly settings: GatewaySettings;
  /** The actor that hosts an idempotency name. */
  readonly orderActor: (name: string) => OrderActorApi;
  /** Its `placeOrder`, perhaps in one call with other requests' orders. */
  readonly placeOrder: (command: PlaceOrderCommand, request: Omit<PlacingRequest, "host">) => Promise<PlaceOrderReply>;
  readonly stockActor: (sku: string) => StockActorApi;
  readonly notifications: Pick<NotificationsApi, "notify">;
  readonly payment: Pick<PaymentApi, "readWebhook">;
  readonly auditor: Pick<OrdersApi, "audit" | "stuck" | "resolveStuck">;
  /** Throws when Postgres cannot be asked; so does `listProducts`. */
  readonly listOrders: (query: ListOrdersQuery) => Promise<Page<WireOrder>>;
  readonly listProducts: (query: ListProductsQuery) => Promise<Page<WireProduct>>;
  readonly productCache: ProductCache;
  readonly checkHealth: () => Promise<WireHealth>;
  readonly metrics: Metrics;
  readonly metricsActor: Pick<MetricsActorApi, "render">;
  /** undefined with CHAOS=off: then there are no routes and no headers for it. */
  readonly chaos: Pick<ChaosActorApi, "put" | "list" | "clear"> | undefined;
  /** undefined without QStash in the configuration: then nothing can start them over HTTP. */
  readonly jobs: JobPorts | undefined;
  /** The static files under `public/`. */
  readonly assets: (request: Request) => Promise<Response>;
  /** Now, ms since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A new UUIDv7. */
  readonly newId: () => string;
}
