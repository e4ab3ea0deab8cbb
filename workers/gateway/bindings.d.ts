// Generated from wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedGatewayBindings {
	ASSETS: Fetcher;
	ENVIRONMENT: string;
	ORDER_PLACEMENT: string;
	ORDER_HOSTS: string;
	STOCK_PLACEMENT: string;
	STOCK_HOSTS: string;
	DUPLICATE_POLICY: string;
	PAYMENT_PROVIDER: string;
	ORDER_ACTOR: DurableObjectNamespace /* OrderActor from holdfast-orders */;
	STOCK_ACTOR: DurableObjectNamespace /* StockActor from holdfast-inventory */;
	METRICS_ACTOR: DurableObjectNamespace /* MetricsActor from holdfast-ops */;
	CHAOS_ACTOR: DurableObjectNamespace /* ChaosActor from holdfast-ops */;
	ORDERS: Service /* entrypoint OrdersService from holdfast-orders */;
	INVENTORY: Service /* entrypoint InventoryService from holdfast-inventory */;
	PAYMENT: Service /* entrypoint PaymentService from holdfast-payment */;
	NOTIFICATIONS: Service /* entrypoint NotificationsService from holdfast-notifications */;
}
interface GeneratedGatewayBindings extends __BaseEnv_GeneratedGatewayBindings {}
