/** What every request meets with CHAOS=on, and none with CHAOS=off. */
import { parseGremlins } from "../../../shared/chaos/parse-gremlins.ts";
import type { GatewayApp, GatewayMiddleware } from "../hono.ts";
import type { GatewaySettings } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";
import { authenticate } from "./authenticate.ts";
import { noStore } from "./no-store.ts";

/** Says so on every answer: what it tells may be a gremlin's doing. */
export const announceChaos: GatewayMiddleware = async (c, next) => {
  await next();
  c.header("X-Chaos", "on");
};

/** Behind the authentication of /v1, before any route. */
export function addChaosMiddlewares(app: GatewayApp, { apiKeys }: Pick<GatewaySettings, "apiKeys">): void {
  app.use("/v1/*", readGremlins);
  app.use("/gremlin/*", noStore, authenticate(apiKeys));
}

/**
 * Puts what X-Gremlin lets loose into the request's work. Refuses with 403 `forbidden` whoever is no operator, and with 400
 * `gremlin_invalid` what cannot be read.
 */
const readGremlins: GatewayMiddleware = async (c, next) => {
  const header = c.req.header("X-Gremlin");
  if (header !== undefined) {
    if (c.var.principal.role !== "operator") throw new ProblemError("forbidden", { detail: "X-Gremlin is for operators" });
    const parsed = parseGremlins(header);
    if (!parsed.ok) throw new ProblemError("gremlin_invalid", { detail: parsed.reason });
    c.set("work", { ...c.var.work, gremlins: parsed.gremlins });
  }
  await next();
};
