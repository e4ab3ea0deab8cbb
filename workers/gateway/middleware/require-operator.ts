import type { GatewayMiddleware } from "../hono.ts";
import { ProblemError } from "../problem-error.ts";

/** Refuses everyone but an operator with 403 `forbidden`, before the request is read any further. */
export const requireOperator: GatewayMiddleware = async (c, next) => {
  if (c.var.principal.role !== "operator") throw new ProblemError("forbidden");
  await next();
};
