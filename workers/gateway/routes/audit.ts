/** The audit, for operators: whether actors, Postgres and the provider agree. */
import { createRoute, z } from "@hono/zod-openapi";
import { auditSchema } from "../../../shared/contracts/audit.ts";
import type { GatewayApp } from "../hono.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { jsonContent, problemResponses, security } from "../openapi.ts";
import { auditCursor, auditQueryOf, readAudited } from "../read-audited.ts";
import type { GatewayPorts } from "../ports.ts";

const auditRoute = createRoute({
  method: "get",
  path: "/v1/audit",
  tags: ["operator"],
  security,
  middleware: [requireOperator] as const,
  summary: "Compare stock actors, order actors, Postgres and the payment provider",
  description:
    "What disagrees is read again, and told only when it persists while nothing is under way. One call looks at as much as it can in " +
    "its time; follow `next_cursor` until it is null. `npm run audit` does.",
  request: { query: z.strictObject({ cursor: auditCursor }) },
  responses: { ...problemResponses("forbidden", "invalid_query"), 200: jsonContent(auditSchema, "What was checked, and what disagrees") },
});

export function addAuditRoute(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(auditRoute, async (c) => {
    const query = auditQueryOf(c, { cursor: c.req.valid("query").cursor, nowMs: ports.now() });
    const { audit } = await readAudited(() => ports.auditor.audit(query));
    return c.json(audit, 200);
  });
}
