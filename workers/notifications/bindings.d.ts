// Generated from workers/notifications/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedNotificationsBindings {
	ENVIRONMENT: string;
	ORDER_PLACEMENT: string;
	ORDER_HOSTS: string;
	ORDER_ACTOR: DurableObjectNamespace /* OrderActor from holdfast-orders */;
	METRICS_ACTOR: DurableObjectNamespace /* MetricsActor from holdfast-ops */;
	CHAOS_ACTOR: DurableObjectNamespace /* ChaosActor from holdfast-ops */;
}
interface GeneratedNotificationsBindings extends __BaseEnv_GeneratedNotificationsBindings {}
