// Generated from workers/orders/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedOrdersBindings {
	ORDER_EVENTS: Queue;
	NOTIFICATIONS_QUEUE: Queue;
	ENVIRONMENT: string;
	ORDER_PLACEMENT: string;
	ORDER_HOSTS: string;
	STOCK_PLACEMENT: string;
	STOCK_HOSTS: string;
	ORDER_ACTOR: DurableObjectNamespace<import("./index").OrderActor>;
	STOCK_ACTOR: DurableObjectNamespace /* StockActor from holdfast-inventory */;
	METRICS_ACTOR: DurableObjectNamespace /* MetricsActor from holdfast-ops */;
	CHAOS_ACTOR: DurableObjectNamespace /* ChaosActor from holdfast-ops */;
	PAYMENT: Service /* entrypoint PaymentService from holdfast-payment */;
}
interface GeneratedOrdersBindings extends __BaseEnv_GeneratedOrdersBindings {}
