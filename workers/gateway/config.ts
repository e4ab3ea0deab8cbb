/** The gateway's vars and secrets as typed fields. */
import {
  apiKeysEnv,
  cacheEnv,
  databaseEnv,
  duplicatePolicyEnv,
  once,
  paymentProviderEnv,
  placementEnv,
  qstashEnv,
  stockPlacementEnv,
} from "../../shared/platform/config.ts";

/** Throws, naming the fields, when the deployment's configuration is wrong. */
export const gatewayConfig = once(
  placementEnv
    .and(stockPlacementEnv)
    .and(databaseEnv)
    .and(cacheEnv)
    .and(paymentProviderEnv)
    .and(duplicatePolicyEnv)
    .and(apiKeysEnv)
    .and(qstashEnv),
);
export type GatewayConfig = ReturnType<typeof gatewayConfig>;
