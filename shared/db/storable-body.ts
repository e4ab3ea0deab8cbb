/** JSON nested deeper than this is kept as text: Postgres walks `jsonb` on a stack of limited size. */
const MAX_DEPTH = 500;

/**
 * Any message body as something `jsonb` can hold: JSON as it is, bytes as `{ base64 }`, and what JSON cannot say (a cycle, a
 * BigInt) or should not (nesting too deep) as `{ text }`. An absent body is null. Never throws.
 */
export function toStorableBody(body: unknown): unknown {
  if (body === undefined || body === null) return null;
  if (body instanceof ArrayBuffer) return { base64: toBase64(new Uint8Array(body)) };
  if (ArrayBuffer.isView(body)) return { base64: toBase64(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) };
  const text = toJson(body);
  if (text === undefined) return { text: Object.prototype.toString.call(body) };
  return depthOf(text) > MAX_DEPTH ? { text } : (JSON.parse(text) as unknown);
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_name, member: unknown) => (typeof member === "bigint" ? `${member}n` : member));
  } catch {
    // A cycle, a getter that throws, nesting that overflows the stack: there is no JSON of it.
    return undefined;
  }
}

/** Levels of nesting of a JSON text. */
function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  for (const [bracket] of json.replace(/"(?:[^"\\]+|\\.)*"/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "[" || bracket === "{" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
