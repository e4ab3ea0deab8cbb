/** 405 with Allow for a path that exists under another method. */
import { methodNotAllowed } from "hono/method-not-allowed";
import type { GatewayApp, GatewayMiddleware } from "../hono.ts";
import { ProblemError, problemResponse } from "../problem-error.ts";

/** OPTIONS is answered with 204 and Allow (RFC 9110 section 9.3.7); every GET answers HEAD too. */
export function refuseMethod(app: GatewayApp): GatewayMiddleware {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const headers = { Allow: [...methods, "OPTIONS"].join(", ") };
      if (c.req.method === "OPTIONS") return c.body(null, 204, headers);
      return problemResponse(c, new ProblemError("method_not_allowed", { headers }), c.var.work.requestId);
    },
  });
}
