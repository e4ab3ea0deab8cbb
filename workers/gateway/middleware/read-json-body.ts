/** Reads the body once, within its limits, before any schema sees it. */
import { bodyLimit } from "hono/body-limit";
import type { GatewayContext, GatewayMiddleware, MiddlewareContext } from "../hono.ts";
import { ProblemError } from "../problem-error.ts";
import { refuseUnstorable } from "../refuse-unstorable.ts";

export const maxBodyBytes = 64 * 1024;
/** Levels of objects and arrays in each other; deeper values cannot even travel over RPC. */
export const maxNesting = 16;

/**
 * The body as it was sent. Refuses with 415 `unsupported_media_type` (an encoded body too), 413 `payload_too_large` (counted while it streams in), 400
 * `malformed_json` (bytes that are not UTF-8 included) 400 `nesting_too_deep` and 422
 * `validation_failed` (texts that cannot be kept), in this order. A body that ends after the deadline is refused too, with the 408
 * `request_timeout` that its client has had.
 */
export async function readBody(c: MiddlewareContext): Promise<unknown> {
  const { headers } = c.req.raw;
  const contentType = headers.get("Content-Type");
  if (!isJson(contentType) || !isIdentity(headers.get("Content-Encoding"))) throw unsupportedError(contentType);
  let body: unknown;
  await limitBody(c, async () => {
    body = await parseBody(c);
  });
  return body;
}

/** Sets `sentBody`, or refuses as `readBody` does. */
export const readJsonBody: GatewayMiddleware = async (c, next) => {
  c.set("sentBody", await readBody(c));
  await next();
};

/**
 * As `readJsonBody`, for a POST that can be made without a body: none at all, and no Content-Type, is the body `{}`. So the
 * two are one request under an Idempotency-Key.
 */
export const readOptionalJsonBody: GatewayMiddleware = (c, next) => {
  if (c.req.header("Content-Type") !== undefined) return readJsonBody(c, next);
  return limitBody(c, async () => {
    if ((await c.req.arrayBuffer()).byteLength > 0) throw new ProblemError("unsupported_media_type");
    refuseOver(c);
    c.set("sentBody", {});
    await next();
  });
};

/** Refuses a body of more than `maxBodyBytes` with 413 `payload_too_large`. */
export const limitBody: GatewayMiddleware = (c, next) => (saysItIsSmall(c.req.raw.headers) ? next() : limitAnyBody(c, next));

/** HTTP delivers no more than the length that was declared. hono would take hold of the body's stream first, only to see that there is one. */
function saysItIsSmall(headers: Headers): boolean {
  const length = headers.get("Content-Length");
  return length !== null && Number(length) <= maxBodyBytes && !headers.has("Transfer-Encoding");
}

const limitAnyBody: GatewayMiddleware = bodyLimit({
  maxSize: maxBodyBytes,
  onError: async (c) => {
    await drain(c.req.raw.body);
    throw new ProblemError("payload_too_large");
  },
});

/**
 * Whether the request's body is still being read. Asked only when the deadline has passed, so that the reading itself need not keep a
 * note of how far it is: hono keeps what it reads, and whoever counts or drains the body holds its stream.
 */
export async function isBodyComing({ req }: MiddlewareContext): Promise<boolean> {
  const read = Object.values(req.bodyCache)[0] as Promise<unknown> | undefined;
  if (read === undefined) return req.raw.body?.locked ?? false;
  const coming = Symbol("coming");
  return await Promise.race([read, Promise.resolve(coming)]).then(
    (first) => first === coming,
    () => false,
  );
}

/** Its client has been told that the body did not come: nothing is to come of it any more. */
function refuseOver({ var: { isOver } }: Pick<GatewayContext, "var">): void {
  if (isOver === true) throw new ProblemError("request_timeout");
}

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

const isIdentity = (encoding: string | null): boolean => encoding === null || encoding.toLowerCase() === "identity";

/** RFC 8259 has only UTF-8; its media type defines no parameter, but clients send `charset=utf-8`. */
const isJson = (contentType: string | null): boolean => /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? "");

/** JSON, and refused all the same, would otherwise be told only to be JSON. */
function unsupportedError(contentType: string | null): ProblemError {
  const isJsonOfAKind = /^application\/json\s*(;|$)/i.test(contentType ?? "");
  if (!isJsonOfAKind) return new ProblemError("unsupported_media_type");
  const detail = isJson(contentType)
    ? "The body must not be encoded: Content-Encoding can only be identity"
    : "The body must be UTF-8: the only parameter Content-Type can have is charset=utf-8";
  return new ProblemError("unsupported_media_type", { detail });
}

async function parseBody(c: GatewayContext): Promise<unknown> {
  const bytes = await c.req.arrayBuffer();
  refuseOver(c);
  const text = decodeUtf8(bytes);
  // The schema validator parses the text again; from here it need not decode the bytes a second time.
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
  const body = parseJson(text);
  if (nestsDeeperThan(body, maxNesting)) throw new ProblemError("nesting_too_deep");
  refuseUnstorable(body, text);
  return body;
}

/** One for all: it keeps nothing from one text to the next. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return utf8.decode(bytes);
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
