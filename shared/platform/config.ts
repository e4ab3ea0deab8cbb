/**
 * The only reader of environment strings. Each Worker parses the parts it needs, once per isolate (`once`), into typed
 * fields with their units in their names. A wrong value is a defect of the deployment and throws with the field's name.
 */
import { z } from "zod";
import type { Placement } from "./placement.ts";

/** Parses with the schema at the first call and remembers the answer for the life of the isolate. */
export function once<Schema extends z.ZodType>(schema: Schema): (env: object) => z.infer<Schema> {
  let parsed: { readonly value: z.infer<Schema> } | undefined;
  return (env) => (parsed ??= { value: parseEnv(schema, env) }).value;
}

function parseEnv<Schema extends z.ZodType>(schema: Schema, env: object): z.infer<Schema> {
  const result = schema.safeParse(env);
  if (!result.success) throw new Error(`This Worker's configuration is not valid.\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** ORDER_PLACEMENT and ORDER_HOSTS: where order actors live. The same in every Worker that calls them. */
export const placementEnv = z
  .object({ ORDER_PLACEMENT: z.enum(["per-order", "pooled"]), ORDER_HOSTS: z.coerce.number().int().min(1).max(1024) })
  .transform((env): { placement: Placement } => ({
    placement: env.ORDER_PLACEMENT === "pooled" ? { kind: "pooled", hosts: env.ORDER_HOSTS } : { kind: "per-order" },
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

/** PAYMENT_PROVIDER: which adapter of the provider port takes the money. */
export const paymentEnv = z
  .object({ PAYMENT_PROVIDER: z.enum(["simulated"]) })
  .transform((env) => ({ paymentProvider: env.PAYMENT_PROVIDER }));

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
