import type { GatewayContext } from "./hono.ts";
import type { GatewayPorts } from "./ports.ts";
import { ProblemError } from "./problem-error.ts";

/**
 * The static file at a path under `public/`, with the caller's conditional headers.
 *
 * @throws ProblemError `not_found`.
 */
export async function serveAsset(c: GatewayContext, { assets, path }: { assets: GatewayPorts["assets"]; path: string }): Promise<Response> {
  const response = await assets(new Request(new URL(path, c.req.url), { headers: c.req.raw.headers }));
  if (response.status === 404) throw new ProblemError("not_found");
  // A response that was fetched has headers that cannot be changed; the middlewares add theirs to this copy.
  return new Response(response.body, response);
}
