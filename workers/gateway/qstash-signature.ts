/** Lets only QStash start a job. */
import type { VerifyQstash } from "../../shared/platform/qstash.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { GatewayMiddleware } from "./hono.ts";
import { limitBody } from "./middleware/read-json-body.ts";
import { ProblemError } from "./problem-error.ts";

export interface SignatureCheck {
  readonly verify: VerifyQstash;
  /** The job's own URL as QStash knows it, whatever host the request names. */
  readonly url: string;
}

/**
 * Refuses with 413 `payload_too_large`, and with 403 `invalid_signature` when the request does not carry a signature of
 * QStash's for this URL and this body that is valid now. What exactly is wrong is logged and not told.
 */
export function requireQstashSignature({ verify, url }: SignatureCheck): GatewayMiddleware {
  return (c, next) =>
    limitBody(c, async () => {
      const signature = c.req.header("Upstash-Signature");
      const reason = signature === undefined ? "there is none" : await verify({ signature, url, body: await c.req.text() });
      if (reason !== null) {
        createLogger("gateway", c.var.work).warn("a job was refused: its signature is not valid", { path: c.req.path, reason });
        throw new ProblemError("invalid_signature");
      }
      await next();
    });
}
