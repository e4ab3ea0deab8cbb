/** A described POST with an Idempotency-Key and a JSON body, read in one step. */
import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { z } from "zod";
import type { GatewayApp, GatewayHonoEnv, MiddlewareContext } from "./hono.ts";
import { readBody } from "./middleware/read-json-body.ts";
import { invalidBody } from "./middleware/refuse-invalid.ts";
import { readIdempotencyKey } from "./middleware/require-idempotency-key.ts";

/** A route of `createRoute` whose request is `idempotencyHeaders` and `jsonBody(schema)`; it has no middleware of its own. */
export type KeyedPost = RouteConfig & {
  readonly method: "post";
  readonly request: { readonly body: { readonly content: { readonly "application/json": { readonly schema: z.ZodType } } } };
  getRoutingPath(): string;
};

/**
 * As `app.openapi` with `requireIdempotencyKey` and `readJsonBody`: the same refusals in the same order, and the same description.
 * `app.openapi` makes six middlewares of that, reads all headers to validate the one that was read before, and parses the body's
 * text twice: too much for the one route that every order takes.
 */
export function addKeyedPost<Route extends KeyedPost>(
  app: GatewayApp,
  { route, handler }: { readonly route: Route; readonly handler: RouteHandler<Route, GatewayHonoEnv> },
): void {
  const { schema } = route.request.body.content["application/json"];
  app.openAPIRegistry.registerPath(route);
  app.post(route.getRoutingPath(), async (c, next) => {
    await readRequest(c, schema);
    // What the handler finds in its context is what it was promised: `readRequest` has put it there.
    return (await handler(c, next)) as Response;
  });
}

/** Sets `idempotencyKey`, `sentBody` and the valid body. @throws ProblemError when there is something wrong with one of them. */
async function readRequest(c: MiddlewareContext, schema: z.ZodType): Promise<void> {
  c.set("idempotencyKey", readIdempotencyKey(c.req.raw.headers));
  const sent = await readBody(c);
  c.set("sentBody", sent);
  const parsed = schema.safeParse(sent);
  if (!parsed.success) throw invalidBody(parsed.error);
  c.req.addValidatedData("json", parsed.data as object);
}
