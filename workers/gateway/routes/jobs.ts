/**
 * What QStash starts, on its schedules. There is no API key: the request carries QStash's signature. Without QStash in the
 * configuration there are no such routes, and the cron triggers do the same work alone.
 */
import { createRoute, z } from "@hono/zod-openapi";
import { keepAlive, type GatewayApp } from "../hono.ts";
import { noStore } from "../middleware/no-store.ts";
import { jsonContent, keylessProblemResponses } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { requireQstashSignature } from "../qstash-signature.ts";

/** Where the sweep is asked for; `local/qstash/schedules.ts` schedules it. */
export const sweepPath = "/jobs/sweep";

const sweepSchema = z
  .object({
    found: z.int().meta({ description: "Orders that had not ended and not moved for a minute" }),
    failed: z.int().meta({ description: "Those of them that could not be woken" }),
  })
  .meta({ id: "Sweep" });

export function addJobRoutes(app: GatewayApp, { jobs }: Pick<GatewayPorts, "jobs">): void {
  if (jobs === undefined) return;
  const signed = (path: string) => requireQstashSignature({ verify: jobs.verify, url: `${jobs.publicBaseUrl}${path}` });
  const sweepRoute = createRoute({
    method: "post",
    path: sweepPath,
    tags: ["running it"],
    summary: "Wake the orders that are overdue; for QStash, whose signature in Upstash-Signature is asked for",
    middleware: [noStore, signed(sweepPath)] as const,
    responses: {
      ...keylessProblemResponses("invalid_signature", "payload_too_large", "request_timeout"),
      200: jsonContent(sweepSchema, "They are awake"),
    },
  });
  app.openapi(sweepRoute, async (c) => {
    const sweep = jobs.sweep();
    // It may take longer than this answer is waited for, and it is not to stop half-way.
    keepAlive(c, sweep);
    return c.json(await sweep, 200);
  });
}
