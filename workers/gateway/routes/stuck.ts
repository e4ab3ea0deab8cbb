/** "Stuck money", for operators: what will not move again by itself, and the one call that ends it. */
import { createRoute, z } from "@hono/zod-openapi";
import { interventionSchema, resolveBodySchema, stuckListSchema } from "../../../shared/contracts/audit.ts";
import type { ResolveStuckCommand } from "../../../shared/contracts/rpc.ts";
import type { GatewayApp } from "../hono.ts";
import { idempotently, waitMsFor, type Outcome } from "../idempotently.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireIdempotencyKey } from "../middleware/require-idempotency-key.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { bodyCodes, idempotencyCodes, idempotencyHeaders, jsonBody, jsonContent, problemResponses, security, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { ProblemError } from "../problem-error.ts";
import { auditCursor, auditQueryOf, readAudited } from "../read-audited.ts";

const listRoute = createRoute({
  method: "get",
  path: "/v1/stuck",
  tags: ["operator"],
  security,
  middleware: [requireOperator] as const,
  summary: "List money, stock and orders that will not move again by themselves",
  description: "Found by the audit, part by part: a part may be empty and have a `next_cursor` all the same.",
  request: { query: z.strictObject({ cursor: auditCursor }) },
  responses: { ...problemResponses("forbidden", "invalid_query"), 200: jsonContent(stuckListSchema, "One part") },
});

const resolveRoute = createRoute({
  method: "post",
  path: "/v1/stuck/{id}/resolve",
  tags: ["operator"],
  security,
  middleware: [requireOperator, requireIdempotencyKey, readJsonBody] as const,
  summary: "Finish, void or release what is stuck",
  description: "The item is looked at again first. What is done is recorded, with who asked for it, before it is done and after.",
  request: {
    headers: idempotencyHeaders,
    params: z.object({ id: z.string().min(1).max(300) }),
    body: jsonBody(resolveBodySchema),
  },
  responses: untyped({
    ...problemResponses("forbidden", "not_found", "not_stuck", "request_in_progress", ...idempotencyCodes, ...bodyCodes),
    200: jsonContent(interventionSchema, "What was done, and what came of it: see `outcome`", "Idempotent-Replayed"),
  }),
});

export function addStuckRoutes(app: GatewayApp, ports: GatewayPorts): void {
  app.openapi(listRoute, async (c) => {
    const query = auditQueryOf(c, { cursor: c.req.valid("query").cursor, nowMs: ports.now() });
    const { list } = await readAudited(() => ports.auditor.stuck(query));
    return c.json(list, 200);
  });

  app.openapi(resolveRoute, (c) => {
    const { id } = c.req.valid("param");
    const { action } = c.req.valid("json");
    const principalId = c.var.principal.id;
    const run = (operationId: string): Promise<Outcome> =>
      resolve(ports, { id, action, operationId, principalId, context: c.var.work, waitMs: waitMsFor(c, ports.now()) });
    return idempotently(c, { ports, run });
  });
}

async function resolve({ auditor }: GatewayPorts, command: ResolveStuckCommand): Promise<Outcome> {
  const reply = await auditor.resolveStuck(command).catch((cause: unknown) => {
    throw new ProblemError("unavailable", { detail: "It is not known what became of it; the same request again finds out", cause });
  });
  if (reply.ok) return { status: 200, body: reply.intervention };
  if (reply.code !== "wrong_action") throw new ProblemError(reply.code);
  throw new ProblemError("validation_failed", { errors: [{ field: "action", message: `Can be ${reply.actions.join(" or ")}` }] });
}
