/** What no route answers: 405 with Allow for a path that exists under another method, else 404. */
import { methodNotAllowed } from "hono/method-not-allowed";
import type { GatewayApp, GatewayContext, MiddlewareContext } from "../hono.ts";
import { ProblemError, problemResponse } from "../problem-error.ts";

/**
 * For `app.notFound`: only what nobody answers is looked at. OPTIONS is answered with 204 and Allow (RFC 9110 section 9.3.7); every
 * GET answers HEAD too.
 */
export function refuseUnknown(app: GatewayApp): (c: MiddlewareContext) => Promise<Response> {
  const orMethod = methodNotAllowed({
    app,
    onMethodNotAllowed: (c: GatewayContext, methods) => {
      const headers = { Allow: [...methods, "OPTIONS"].join(", ") };
      if (c.req.method === "OPTIONS") return c.body(null, 204, headers);
      return problemResponse(c, new ProblemError("method_not_allowed", { headers }), c.get("work").requestId);
    },
  });
  return async (c) => {
    await orMethod(c, () => {
      // Bare: what becomes of it takes over its headers.
      c.res = c.body(null, 404);
      return Promise.resolve();
    });
    if (c.res.status === 404) c.res = problemResponse(c, new ProblemError("not_found"), c.get("work").requestId);
    return c.res;
  };
}
