/** The secrets and overridden vars that every Worker of a local cloud gets. A Worker that does not read one does not see a difference. */
import { createHash } from "node:crypto";
import { setting } from "./project.ts";
import type { Settings } from "./state-directory.ts";
import type { StoreOptions, Stores } from "./stores.ts";

export function workerBindings(settings: Settings, stores: Stores): Record<string, string> {
  return {
    ORDER_PLACEMENT: settings.order_placement,
    ORDER_HOSTS: settings.order_hosts,
    DATABASE_URL: stores.databaseUrl,
    DATABASE_FETCH_ENDPOINT: `${stores.postgres.url}/sql`,
    UPSTASH_REDIS_REST_URL: stores.redis.url,
    UPSTASH_REDIS_REST_TOKEN: settings.redis_token,
    API_KEYS: JSON.stringify([
      apiKey("demo-customer", "customer", settings.customer_key),
      apiKey("demo-operator", "operator", settings.operator_key),
    ]),
  };
}

const apiKey = (id: string, role: string, key: string): object => ({
  id,
  role,
  key_sha256: createHash("sha256").update(key).digest("hex"),
});

/** What a person may choose in the environment of `npm start` and `npm run dev`; anything else of it stays outside. */
const choosable = ["DUPLICATE_POLICY", "PAYMENT_PROVIDER", "ORDER_PLACEMENT", "ORDER_HOSTS"] as const;

/** Those of them that are set. */
export const chosenVars = (): Record<string, string> =>
  Object.fromEntries(
    choosable.flatMap((name) => {
      const value = setting(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** HOLDFAST_POSTGRES_URL and HOLDFAST_REDIS_URL: real servers instead of the embedded ones. */
export const chosenServers = (): Pick<StoreOptions, "postgresUrl" | "redisUrl"> => ({
  postgresUrl: setting("HOLDFAST_POSTGRES_URL"),
  redisUrl: setting("HOLDFAST_REDIS_URL"),
});
