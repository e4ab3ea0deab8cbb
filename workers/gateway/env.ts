/** The bindings that the gateway uses, a narrow pick of what wrangler.toml gives it. Strings are read by `config.ts` alone. */
export interface GatewayBindings {
  readonly ASSETS: Fetcher;
  readonly ORDERS: Fetcher;
  readonly INVENTORY: Fetcher;
  readonly PAYMENT: Fetcher;
  readonly NOTIFICATIONS: Fetcher;
  readonly ORDER_ACTOR: DurableObjectNamespace;
  readonly STOCK_ACTOR: DurableObjectNamespace;
  readonly METRICS_ACTOR: DurableObjectNamespace;
  readonly CHAOS_ACTOR: DurableObjectNamespace;
}
