// Generated from workers/ops/wrangler.toml by "npm run bindings".
interface __BaseEnv_GeneratedOpsBindings {
	METRICS_DATASET: AnalyticsEngineDataset;
	METRICS_ACTOR: DurableObjectNamespace<import("./index").MetricsActor>;
}
interface GeneratedOpsBindings extends __BaseEnv_GeneratedOpsBindings {}
