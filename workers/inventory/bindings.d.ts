// Generated from workers/inventory/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedInventoryBindings {
	ORDER_EVENTS: Queue;
	ENVIRONMENT: string;
	STOCK_PLACEMENT: string;
	STOCK_HOSTS: string;
	STOCK_ACTOR: DurableObjectNamespace<import("./index").StockActor>;
	METRICS_ACTOR: DurableObjectNamespace /* MetricsActor from holdfast-ops */;
	CHAOS_ACTOR: DurableObjectNamespace /* ChaosActor from holdfast-ops */;
}
interface GeneratedInventoryBindings extends __BaseEnv_GeneratedInventoryBindings {}
