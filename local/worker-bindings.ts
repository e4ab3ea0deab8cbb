/** The secrets and overridden vars that every Worker of a local cloud gets. A Worker that does not read one does not see a difference. */
import { createHash } from "node:crypto";
import { chaosEnv, duplicatePolicyEnv, placementEnv, stockPlacementEnv } from "../shared/platform/config.ts";
import { setting } from "./project.ts";
import { placementNames, placementVars, type Settings } from "./state-directory.ts";
import type { StoreOptions, Stores } from "./stores.ts";

export function workerBindings(settings: Settings, stores: Stores): Record<string, string> {
  const { current, next } = stores.qstash.signingKeys();
  return {
    ENVIRONMENT: "local",
    ...placementVars(settings),
    DATABASE_URL: stores.databaseUrl,
    DATABASE_FETCH_ENDPOINT: `${stores.postgres.url}/sql`,
    UPSTASH_REDIS_REST_URL: stores.redis.url,
    UPSTASH_REDIS_REST_TOKEN: settings.redis_token,
    ...stripeBindings(stores),
    QSTASH_URL: stores.qstash.url,
    QSTASH_TOKEN: stores.qstash.token,
    QSTASH_CURRENT_SIGNING_KEY: current,
    QSTASH_NEXT_SIGNING_KEY: next,
    PUBLIC_BASE_URL: stores.publicAddress.url,
    API_KEYS: JSON.stringify([
      apiKey("demo-customer", "customer", settings.customer_key),
      apiKey("demo-operator", "operator", settings.operator_key),
    ]),
  };
}

const stripeBindings = ({ stripe }: Stores): Record<string, string> =>
  stripe === undefined
    ? {}
    : {
        PAYMENT_PROVIDER: "stripe",
        STRIPE_SECRET_KEY: stripe.secretKey,
        STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
        STRIPE_API_BASE: stripe.url,
      };

const apiKey = (id: string, role: string, key: string): object => ({
  id,
  role,
  key_sha256: createHash("sha256").update(key).digest("hex"),
});

/** What a person may choose in the environment of `npm start` and `npm run dev`; anything else of it stays outside. */
const choosable = ["DUPLICATE_POLICY", ...placementNames, "CHAOS"] as const;

/** As the Workers will read them. */
const choosableEnv = duplicatePolicyEnv.and(placementEnv).and(stockPlacementEnv).and(chaosEnv);

/**
 * Those of them that are set.
 *
 * @throws Error with a line for each whose value the Workers would refuse: its name, and what is allowed.
 */
export function chosenVars(): Record<string, string> {
  const chosen = Object.fromEntries(
    choosable.flatMap((name) => {
      const value = setting(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  refuseInvalid(chosen);
  return chosen;
}

/** What is not chosen comes from elsewhere, so it is not missing here. */
function refuseInvalid(chosen: Readonly<Record<string, string>>): void {
  const issues = choosableEnv.safeParse({ ENVIRONMENT: "local", ...chosen }).error?.issues ?? [];
  const refusals = issues.flatMap(({ path: [name], message }) =>
    typeof name === "string" && Object.hasOwn(chosen, name) ? [`${name}=${chosen[name]} is not valid: ${message}`] : [],
  );
  if (refusals.length > 0) throw new Error(refusals.join("\n"));
}

/**
 * HOLDFAST_POSTGRES_URL and HOLDFAST_REDIS_URL: real servers instead of the embedded ones. HOLDFAST_PAYMENT_PROVIDER:
 * `simulated` or `stripe`.
 *
 * @throws Error when it is another one.
 */
export const chosenServers = (): Pick<StoreOptions, "postgresUrl" | "redisUrl" | "payment"> => ({
  postgresUrl: setting("HOLDFAST_POSTGRES_URL"),
  redisUrl: setting("HOLDFAST_REDIS_URL"),
  payment: chosenPayment(),
});

function chosenPayment(): StoreOptions["payment"] {
  const chosen = setting("HOLDFAST_PAYMENT_PROVIDER");
  if (chosen === undefined || chosen === "simulated" || chosen === "stripe") return chosen;
  throw new Error(`HOLDFAST_PAYMENT_PROVIDER=${chosen} is neither simulated nor stripe`);
}
