/** Names the request and the journey it belongs to. */
import { requestIdSchema } from "../../../shared/contracts/primitives.ts";
import type { WorkContext } from "../../../shared/platform/context.ts";
import type { GatewayContext } from "../hono.ts";

/**
 * Takes X-Request-Id when it is one (`requestIdSchema`), else makes one. The correlation id is the caller's X-Correlation-Id under
 * the same rule, else the request id: the first request of a journey names it.
 *
 * @param newId Makes a UUIDv7.
 */
export function workOf(headers: Headers, newId: () => string): WorkContext {
  const requestId = validId(headers.get("X-Request-Id")) ?? newId();
  return { requestId, correlationId: validId(headers.get("X-Correlation-Id")) ?? requestId };
}

/** Whether the request's id was made for it alone. A client may send its own with several. */
export const isIdMadeHere = (c: GatewayContext): boolean => c.req.raw.headers.get("X-Request-Id") !== c.get("work").requestId;

/** Nearly all requests have neither header, and what a schema has to say about nothing is dear. */
const validId = (value: string | null): string | undefined => (value === null ? undefined : requestIdSchema.safeParse(value).data);
