// Generated from shared/testing/wrangler.test.toml by "npm run bindings".
interface __BaseEnv_GeneratedTestBindings {
	METRICS_DATASET: AnalyticsEngineDataset;
	ORDER_EVENTS: Queue;
	NOTIFICATIONS_QUEUE: Queue;
	ENVIRONMENT: string;
	ORDER_PLACEMENT: string;
	ORDER_HOSTS: string;
	STOCK_PLACEMENT: string;
	STOCK_HOSTS: string;
	PAYMENT_PROVIDER: string;
	ORDER_ACTOR: DurableObjectNamespace<import("./test-worker").OrderActor>;
	STOCK_ACTOR: DurableObjectNamespace<import("./test-worker").StockActor>;
	METRICS_ACTOR: DurableObjectNamespace<import("./test-worker").MetricsActor>;
	CHAOS_ACTOR: DurableObjectNamespace<import("./test-worker").ChaosActor>;
	PAYMENT: Service<typeof import("./test-worker").TestPayment>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./test-worker");
		durableNamespaces: "OrderActor" | "StockActor" | "MetricsActor" | "ChaosActor";
	}
	interface Env extends __BaseEnv_GeneratedTestBindings {}
}
interface GeneratedTestBindings extends __BaseEnv_GeneratedTestBindings {}
