/** Reads the body once, within its limits, before any schema sees it. */
import { bodyLimit } from "hono/body-limit";
import type { GatewayContext, GatewayMiddleware } from "../hono.ts";
import { ProblemError } from "../problem-error.ts";
import { refuseUnstorable } from "../refuse-unstorable.ts";

export const maxBodyBytes = 64 * 1024;
/** Levels of objects and arrays in each other; deeper values cannot even travel over RPC. */
export const maxNesting = 16;

/**
 * Sets `sentBody`. Refuses with 415 `unsupported_media_type` (an encoded body too), 413 `payload_too_large` (counted while it streams in), 400
 * `malformed_json` (bytes that are not UTF-8 included) 400 `nesting_too_deep` and 422
 * `validation_failed` (texts that cannot be kept), in this order.
 */
export const readJsonBody: GatewayMiddleware = (c, next) => {
  const encoding = c.req.header("Content-Encoding") ?? "identity";
  if (!isJson(c.req.header("Content-Type")) || encoding.toLowerCase() !== "identity") throw new ProblemError("unsupported_media_type");
  return limitBody(c, async () => {
    c.set("sentBody", await parseBody(c));
    await next();
  });
};

/**
 * As `readJsonBody`, for a POST that can be made without a body: none at all, and no Content-Type, is the body `{}`. So the
 * two are one request under an Idempotency-Key.
 */
export const readOptionalJsonBody: GatewayMiddleware = (c, next) => {
  if (c.req.header("Content-Type") !== undefined) return readJsonBody(c, next);
  return limitBody(c, async () => {
    if ((await c.req.arrayBuffer()).byteLength > 0) throw new ProblemError("unsupported_media_type");
    c.set("sentBody", {});
    await next();
  });
};

/** Refuses a body of more than `maxBodyBytes` with 413 `payload_too_large`. */
export const limitBody: GatewayMiddleware = bodyLimit({
  maxSize: maxBodyBytes,
  onError: async (c) => {
    await drain(c.req.raw.body);
    throw new ProblemError("payload_too_large");
  },
});

/** What is read and thrown away of a body that is too large, bytes. */
const maxDrainedBytes = 1024 * 1024;

/** An answer given while the body is still coming in ends the connection, and the answer may be lost with it. */
async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null || body.locked) return;
  const reader = body.getReader();
  for (let drained = 0; drained < maxDrainedBytes;) {
    const { done, value } = await reader.read();
    if (done) return;
    drained += value.byteLength;
  }
  await reader.cancel();
}

/** RFC 8259 has only UTF-8; its media type defines no parameter, but clients send `charset=utf-8`. */
const isJson = (contentType: string | undefined): boolean => /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? "");

async function parseBody(c: GatewayContext): Promise<unknown> {
  const text = decodeUtf8(await c.req.arrayBuffer());
  // The schema validator parses the text again; from here it need not decode the bytes a second time.
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
  const body = parseJson(text);
  if (nestsDeeperThan(body, maxNesting)) throw new ProblemError("nesting_too_deep");
  refuseUnstorable(body, text);
  return body;
}

function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new ProblemError("malformed_json", { detail: "The body is not UTF-8" });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ProblemError("malformed_json");
  }
}

/** Looks no deeper than it must: recursion ends at the limit. */
function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => nestsDeeperThan(member, levels - 1));
}
