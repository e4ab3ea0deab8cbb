import type { GatewayMiddleware } from "../hono.ts";

/** What the API answers is one principal's and true for a moment: no cache on the way may keep it. */
export const noStore: GatewayMiddleware = async (c, next) => {
  // Before the answer is made: a header that is added to one that stands makes Hono copy it.
  c.header("Cache-Control", "no-store");
  await next();
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
};
