/** Names the request and the journey it belongs to, before anything else happens. */
import { requestIdSchema } from "../../../shared/contracts/primitives.ts";
import type { GatewayMiddleware } from "../hono.ts";

/**
 * Takes X-Request-Id when it is one (`requestIdSchema`), else makes one, and sets it on every response. The correlation id
 * is the caller's X-Correlation-Id under the same rule, else the request id: the first request of a journey names it.
 *
 * @param newId Makes a UUIDv7.
 */
export function requestId(newId: () => string): GatewayMiddleware {
  return async (c, next) => {
    const id = validId(c.req.header("X-Request-Id")) ?? newId();
    c.set("work", { requestId: id, correlationId: validId(c.req.header("X-Correlation-Id")) ?? id });
    // Before the answer is made, which spares Hono a copy of it; an asset's answer is not made here and gets it afterwards.
    c.header("X-Request-Id", id);
    await next();
    if (!c.res.headers.has("X-Request-Id")) c.header("X-Request-Id", id);
  };
}

const validId = (value: string | undefined): string | undefined => requestIdSchema.safeParse(value).data;
