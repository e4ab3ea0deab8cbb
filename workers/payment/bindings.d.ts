// Generated from workers/payment/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedPaymentBindings {
	ENVIRONMENT: string;
	PAYMENT_PROVIDER: string;
	METRICS_ACTOR: DurableObjectNamespace /* MetricsActor from holdfast-ops */;
}
interface GeneratedPaymentBindings extends __BaseEnv_GeneratedPaymentBindings {}
