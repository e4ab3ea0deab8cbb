/** The JWT in `Upstash-Signature`. https://upstash.com/docs/qstash/features/security#request-signing-optional */

/** How long a receiver may take a signature for good, s. */
const lifetimeSeconds = 300;

export interface RequestToSign {
  /** The destination as the publisher wrote it: the `sub` claim. */
  readonly url: string;
  /** Exactly as it is sent. */
  readonly body: string;
  readonly nowMs: number;
}

/** HS256 under the account's current signing key. */
export async function sign({ url, body, nowMs }: RequestToSign, signingKey: string): Promise<string> {
  const seconds = Math.floor(nowMs / 1_000);
  const claims = {
    iss: "Upstash",
    sub: url,
    exp: seconds + lifetimeSeconds,
    nbf: seconds,
    iat: seconds,
    jti: `jwt_${crypto.randomUUID()}`,
  };
  return signClaims({ ...claims, body: await bodyHash(body) }, signingKey);
}

/** A JWT of any claims; a test of what a receiver refuses makes it of wrong ones. */
export async function signClaims(claims: object, signingKey: string): Promise<string> {
  const unsigned = `${unpadded(encode({ alg: "HS256", typ: "JWT" }))}.${unpadded(encode(claims))}`;
  const key = await crypto.subtle.importKey("raw", bytes(signingKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `${unsigned}.${unpadded(base64url(await crypto.subtle.sign("HMAC", key, bytes(unsigned))))}`;
}

/** SHA-256 in base64url with its padding, as the vendor writes it. */
export async function bodyHash(body: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", bytes(body)));
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const encode = (value: object): string => base64url(bytes(JSON.stringify(value)).buffer);
const unpadded = (text: string): string => text.replace(/=+$/, "");
const base64url = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
