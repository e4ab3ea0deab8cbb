/**
 * Requests that QStash makes are signed: a JWT in `Upstash-Signature`, under one of the account's two signing keys, that names
 * the URL it is for, the hash of the body and when it ends. https://upstash.com/docs/qstash/features/security
 */
import { Receiver } from "@upstash/qstash";
import { describeError } from "../errors/operating-error.ts";

/** How far QStash's clock and ours may be apart, s. */
const clockToleranceSeconds = 5;

export interface QstashKeys {
  readonly currentSigningKey: string;
  /** What the current one is replaced with when keys are rotated; requests may be signed with it at any time. */
  readonly nextSigningKey: string;
}

export interface SignedRequest {
  readonly signature: string;
  /** The body as it came, not parsed and written again. */
  readonly body: string;
  /** The URL that QStash was told to call, and no other: a signature made for one job must not start another. */
  readonly url: string;
}

/** null: QStash has made this request, for this URL, with this body, in the last minutes. Otherwise why not, for a log. */
export type VerifyQstash = (request: SignedRequest) => Promise<string | null>;

/** A signature that has been seen is taken again until it expires: what it starts must be idempotent. */
export function createQstashVerifier(keys: QstashKeys): VerifyQstash {
  // Without `devMode: false` a variable QSTASH_DEV would make it trust keys that everybody knows.
  const receiver = new Receiver({ ...keys, devMode: false });
  return async (request) => {
    try {
      await receiver.verify({ ...request, clockTolerance: clockToleranceSeconds });
      return expires(request.signature) ? null : "it never expires";
    } catch (error) {
      // Also what is no refusal but a defect of the token, such as a body claim that is missing.
      return describeError(error);
    }
  };
}

/** The receiver looks at `exp` and `nbf` when they are there, and takes a token without them for one that is valid for ever. */
function expires(jwt: string): boolean {
  const payload = (jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (byte) => byte.charCodeAt(0)))) as Record<
    string,
    unknown
  >;
  return typeof claims["exp"] === "number" && typeof claims["nbf"] === "number";
}
