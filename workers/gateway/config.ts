/** The gateway's vars and secrets as typed fields. */
import { apiKeysEnv, cacheEnv, databaseEnv, duplicatePolicyEnv, once, paymentEnv, placementEnv } from "../../shared/platform/config.ts";

/** Throws, naming the fields, when the deployment's configuration is wrong. */
export const gatewayConfig = once(placementEnv.and(databaseEnv).and(cacheEnv).and(paymentEnv).and(duplicatePolicyEnv).and(apiKeysEnv));
export type GatewayConfig = ReturnType<typeof gatewayConfig>;
