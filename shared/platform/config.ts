/**
 * The only reader of environment strings. Each Worker parses the parts it needs, once per isolate (`once`), into typed
 * fields with their units in their names. A wrong value is a defect of the deployment and throws with the field's name.
 */
import { z } from "zod";
import type { Placement, StockPlacement } from "./placement.ts";

/** Parses with the schema at the first call and remembers the answer for the life of the isolate. */
export function once<Schema extends z.ZodType>(schema: Schema): (env: object) => z.infer<Schema> {
  let parsed: { readonly value: z.infer<Schema> } | undefined;
  return (env) => (parsed ??= { value: parseEnv(schema, env) }).value;
}

function parseEnv<Schema extends z.ZodType>(schema: Schema, env: object): z.infer<Schema> {
  const result = schema.safeParse(env);
  refuseChaosInProduction(env);
  if (!result.success) throw new Error(`This Worker's configuration is not valid.\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** Whatever part of its configuration a Worker asks for: with this mistake in it, it is not to run. */
function refuseChaosInProduction(env: object): void {
  const result = chaosEnv.safeParse(env);
  if (!result.success) throw new Error(`This Worker refuses to run.\n${z.prettifyError(result.error)}`);
}

/**
 * CHAOS: whether gremlins can be let loose. ENVIRONMENT: where this runs; when it does not say, in production. The two
 * together are refused.
 */
export const chaosEnv = z
  .object({ CHAOS: z.enum(["on", "off"]).default("off"), ENVIRONMENT: z.enum(["production", "staging", "local"]).default("production") })
  .refine((env) => env.CHAOS === "off" || env.ENVIRONMENT !== "production", {
    path: ["CHAOS"],
    error: "CHAOS=on is refused where ENVIRONMENT is production, which it is unless it says otherwise",
  })
  .transform((env) => ({ chaos: env.CHAOS === "on" }));

/** ORDER_PLACEMENT and ORDER_HOSTS: where order actors live. The same in every Worker that calls them. */
export const placementEnv = z
  .object({ ORDER_PLACEMENT: z.enum(["per-order", "pooled"]), ORDER_HOSTS: z.coerce.number().int().min(1).max(1024) })
  .transform((env): { placement: Placement } => ({
    placement: env.ORDER_PLACEMENT === "pooled" ? { kind: "pooled", hosts: env.ORDER_HOSTS } : { kind: "per-order" },
  }));

/** STOCK_PLACEMENT and STOCK_HOSTS: where stock actors live. The same in every Worker that calls them. */
export const stockPlacementEnv = z
  .object({ STOCK_PLACEMENT: z.enum(["per-sku", "pooled"]), STOCK_HOSTS: z.coerce.number().int().min(1).max(1024) })
  .transform((env): { stockPlacement: StockPlacement } => ({
    stockPlacement: env.STOCK_PLACEMENT === "pooled" ? { kind: "pooled", hosts: env.STOCK_HOSTS } : { kind: "per-sku" },
  }));

/**
 * DATABASE_URL: Postgres, `postgres://user:password@host/database`, spoken to over HTTP.
 * DATABASE_FETCH_ENDPOINT: where the HTTP goes when it is not Neon's own `https://<host>/sql` (the local cloud).
 */
export const databaseEnv = z
  .object({ DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }), DATABASE_FETCH_ENDPOINT: z.url().optional() })
  .transform((env) => ({ databaseUrl: env.DATABASE_URL, databaseFetchEndpoint: env.DATABASE_FETCH_ENDPOINT }));

/** The Upstash REST endpoint. Without one there is no cache, and everything works, slower. */
export const cacheEnv = z
  .object({ UPSTASH_REDIS_REST_URL: z.url().optional(), UPSTASH_REDIS_REST_TOKEN: z.string().min(1).optional() })
  .transform(({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }) => ({
    cache: url !== undefined && token !== undefined ? { url, token } : undefined,
  }));

/**
 * QSTASH_URL, QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY, QSTASH_NEXT_SIGNING_KEY as QStash's console gives them, and
 * PUBLIC_BASE_URL, under which it reaches the gateway. Without the four of QStash, nothing is asked of it or taken from it.
 */
export const qstashEnv = z
  .object({
    QSTASH_URL: z.url({ protocol: /^https?$/ }).optional(),
    QSTASH_TOKEN: z.string().min(1).optional(),
    QSTASH_CURRENT_SIGNING_KEY: z.string().min(1).optional(),
    QSTASH_NEXT_SIGNING_KEY: z.string().min(1).optional(),
    PUBLIC_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  })
  .transform(({ PUBLIC_BASE_URL: publicBaseUrl, ...qstash }, context) => {
    const { QSTASH_URL: url, QSTASH_TOKEN: token, QSTASH_CURRENT_SIGNING_KEY: current, QSTASH_NEXT_SIGNING_KEY: next } = qstash;
    if (url !== undefined && token !== undefined && current !== undefined && next !== undefined && publicBaseUrl !== undefined) {
      const baseUrl = publicBaseUrl.replace(/\/+$/, "");
      return { qstash: { url, token, currentSigningKey: current, nextSigningKey: next, publicBaseUrl: baseUrl } };
    }
    if (Object.values(qstash).some((value) => value !== undefined))
      context.addIssue(
        "QSTASH_URL, QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY, QSTASH_NEXT_SIGNING_KEY and PUBLIC_BASE_URL: all of them, or none of QStash's",
      );
    return { qstash: undefined };
  });

/** PAYMENT_PROVIDER: which adapter of the provider port takes the money. All that a Worker needs to know which does not call it. */
export const paymentProviderEnv = z
  .object({ PAYMENT_PROVIDER: z.enum(["simulated", "stripe"]) })
  .transform((env) => ({ paymentProvider: env.PAYMENT_PROVIDER }));

const stripeSecret = (name: string): z.ZodString =>
  z.string({ error: `missing: with PAYMENT_PROVIDER "stripe" set it by "wrangler secret put ${name}"` }).min(1);

/**
 * PAYMENT_PROVIDER with what its adapter needs. For `stripe`: STRIPE_SECRET_KEY (`sk_...` or a restricted `rk_...`),
 * STRIPE_WEBHOOK_SECRET (`whsec_...`, of the endpoint that calls the gateway) and, when it is not api.stripe.com that
 * is called (the local cloud), STRIPE_API_BASE, a URL without a path.
 */
export const paymentEnv = z
  .discriminatedUnion("PAYMENT_PROVIDER", [
    z.object({ PAYMENT_PROVIDER: z.literal("simulated") }),
    z.object({
      PAYMENT_PROVIDER: z.literal("stripe"),
      STRIPE_SECRET_KEY: stripeSecret("STRIPE_SECRET_KEY"),
      STRIPE_WEBHOOK_SECRET: stripeSecret("STRIPE_WEBHOOK_SECRET"),
      STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
    }),
  ])
  .transform((env) =>
    env.PAYMENT_PROVIDER === "simulated"
      ? { paymentProvider: env.PAYMENT_PROVIDER }
      : {
          paymentProvider: env.PAYMENT_PROVIDER,
          secretKey: env.STRIPE_SECRET_KEY,
          webhookSecret: env.STRIPE_WEBHOOK_SECRET,
          apiBase: env.STRIPE_API_BASE,
        },
  );

/** DUPLICATE_POLICY: what a duplicate of a request that has been answered gets. */
export const duplicatePolicyEnv = z
  .object({ DUPLICATE_POLICY: z.enum(["replay", "reject"]) })
  .transform((env) => ({ duplicatePolicy: env.DUPLICATE_POLICY }));

const apiKeySchema = z.strictObject({
  id: z.string().min(1).max(64),
  role: z.enum(["customer", "operator"]),
  key_sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** API_KEYS: a JSON array of `{ id, role, key_sha256 }`; the keys themselves are never stored. */
export const apiKeysEnv = z
  .object({
    API_KEYS: z
      .string()
      .transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch {
          context.addIssue("not JSON");
          return z.NEVER;
        }
      })
      .pipe(z.array(apiKeySchema).min(1)),
  })
  .transform((env) => ({ apiKeys: env.API_KEYS.map((key) => ({ id: key.id, role: key.role, keySha256: key.key_sha256 })) }));
