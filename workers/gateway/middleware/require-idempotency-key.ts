/** The Idempotency-Key header, as Stripe sends it (bare) and as draft-ietf-httpapi-idempotency-key-header does (quoted). */
import type { GatewayMiddleware } from "../hono.ts";
import { ProblemError } from "../problem-error.ts";

/** 1 to 255 visible ASCII characters. */
const visibleAscii = /^[\x21-\x7e]{1,255}$/;
/** RFC 9651 section 3.3.3: a string in quotes, in which only the quote and the backslash are escaped. */
const quotedString = /^"((?:[^"\\]|\\["\\])*)"$/;

/** Sets the key, or refuses as `readIdempotencyKey` does. */
export const requireIdempotencyKey: GatewayMiddleware = async (c, next) => {
  c.set("idempotencyKey", readIdempotencyKey(c.req.raw.headers));
  await next();
};

/** @throws ProblemError 400 `idempotency_key_missing` or `idempotency_key_invalid`. */
export function readIdempotencyKey(headers: Headers): string {
  const header = headers.get("Idempotency-Key");
  if (header === null) throw new ProblemError("idempotency_key_missing");
  const key = parseIdempotencyKey(header);
  if (key === null)
    throw new ProblemError("idempotency_key_invalid", { detail: "1 to 255 visible ASCII characters, bare or as a quoted string" });
  return key;
}

/** The key that a header value stands for, or null. The same key bare and quoted is one key. */
export function parseIdempotencyKey(header: string): string | null {
  const key = header.startsWith('"') ? unquote(header) : header;
  return key !== null && visibleAscii.test(key) ? key : null;
}

const unquote = (text: string): string | null => quotedString.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, "$1") ?? null;
