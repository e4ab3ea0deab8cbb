/** Who asks: `Authorization: Bearer KEY`. */
import { sha256Hex } from "../../../shared/platform/ids.ts";
import type { GatewayMiddleware } from "../hono.ts";
import { ProblemError } from "../problem-error.ts";

export interface Principal {
  readonly id: string;
  readonly role: "customer" | "operator";
}

export interface ApiKey extends Principal {
  /** SHA-256 of the key in lower-case hex. */
  readonly keySha256: string;
}

/** Whose orders a principal may see: null means everyone's. */
export const visibleTo = (principal: Principal): string | null => (principal.role === "operator" ? null : principal.id);

/**
 * Sets the principal or refuses with 401. Only digests are kept and looked up: how long the look-up takes depends on the
 * digest of what was sent, from which nobody can steer towards the digest of a key, so it needs no constant-time compare.
 */
export function authenticate(apiKeys: readonly ApiKey[]): GatewayMiddleware {
  const principals = new Map<string, Principal>(apiKeys.map(({ id, role, keySha256 }) => [keySha256, { id, role }]));
  /** The keys that this isolate has found before: as many as there are keys, and they spare each request a digest. */
  const seen = new Map<string, Principal>();
  const find = async (key: string): Promise<Principal | undefined> => {
    const principal = principals.get(await sha256Hex(key));
    if (principal !== undefined) seen.set(key, principal);
    return principal;
  };
  return async (c, next) => {
    const key = bearerToken(c.req.raw.headers.get("Authorization"));
    const principal = key === undefined ? undefined : (seen.get(key) ?? (await find(key)));
    if (principal === undefined) throw new ProblemError("unauthenticated");
    c.set("principal", principal);
    await next();
  };
}

/** RFC 6750 section 2.1; the scheme's name is case-insensitive (RFC 9110 section 11.1). */
const bearerToken = (header: string | null): string | undefined => /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "")?.[1];
