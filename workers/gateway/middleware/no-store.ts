import type { GatewayMiddleware } from "../hono.ts";

/** What the API answers is one principal's and true for a moment: no cache on the way may keep it. */
export const noStore: GatewayMiddleware = async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
};
