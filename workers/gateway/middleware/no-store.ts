import type { GatewayMiddleware } from "../hono.ts";

/** What the API answers is one principal's and true for a moment: no cache on the way may keep it. `frameRequest` writes the header. */
export const noStore: GatewayMiddleware = (c, next) => {
  c.set("cacheControl", "no-store");
  return next();
};
