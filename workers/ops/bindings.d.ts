// Generated from workers/ops/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedOpsBindings {
	METRICS_DATASET: AnalyticsEngineDataset;
	ENVIRONMENT: string;
	METRICS_ACTOR: DurableObjectNamespace<import("./index").MetricsActor>;
	CHAOS_ACTOR: DurableObjectNamespace<import("./index").ChaosActor>;
}
interface GeneratedOpsBindings extends __BaseEnv_GeneratedOpsBindings {}
