/** Faults on purpose. These routes are there only with CHAOS=on, for operators. */
import { createRoute, type z } from "@hono/zod-openapi";
import { toGremlinRule } from "../../../shared/contracts/chaos-mapping.ts";
import {
  gremlinBodySchemas,
  gremlinKinds,
  gremlinListSchema,
  gremlinSchema,
  type GremlinBody,
  type GremlinKind,
  type WireGremlin,
} from "../../../shared/contracts/chaos.ts";
import { describeError } from "../../../shared/errors/operating-error.ts";
import { withDeadline } from "../../../shared/platform/deadline.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import type { GatewayApp } from "../hono.ts";
import { readJsonBody } from "../middleware/read-json-body.ts";
import { requireOperator } from "../middleware/require-operator.ts";
import { bodyCodes, jsonBody, jsonContent, problemResponses, security, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";

type ChaosPort = NonNullable<GatewayPorts["chaos"]>;

const tags = ["chaos"];
/** How long `/health` waits to be told of the gremlins, ms. */
const listDeadlineMs = 1_000;

const summaries: Record<GremlinKind, string> = {
  latency: "Make calls slower",
  error: "Refuse calls before anything is done",
  timeout: "Never answer, and do nothing",
  "drop-reply": "Do the work, then lose the answer",
  duplicate: "Do the work twice",
  drop: "Say that a message was sent, and lose it",
};

const description =
  "Takes the place of the gremlin of this kind, service and operation, and counts from 0 again; `enabled: false` keeps it quiet. " +
  "Needs no Idempotency-Key: the same body again is the same gremlin.";

const listRoute = createRoute({
  method: "get",
  path: "/gremlin",
  tags,
  security,
  middleware: [requireOperator] as const,
  summary: "List the gremlins, and what each has done",
  responses: { ...problemResponses("forbidden"), 200: jsonContent(gremlinListSchema, "In the order in which they came") },
});

const clearRoute = createRoute({
  method: "delete",
  path: "/gremlin",
  tags,
  security,
  middleware: [requireOperator] as const,
  summary: "Send all gremlins home",
  responses: { ...problemResponses("forbidden"), 204: { description: "There are none" } },
});

export function addGremlinRoutes(app: GatewayApp, chaos: ChaosPort): void {
  for (const kind of gremlinKinds) addPutRoute(app, { chaos, kind });

  app.openapi(listRoute, async (c) => c.json({ data: [...(await chaos.list())] }, 200));

  app.openapi(clearRoute, async (c) => {
    await chaos.clear();
    return c.body(null, 204);
  });
}

function addPutRoute(app: GatewayApp, { chaos, kind }: { readonly chaos: ChaosPort; readonly kind: GremlinKind }): void {
  const schema: z.ZodType<GremlinBody> = gremlinBodySchemas[kind];
  const route = createRoute({
    method: "post",
    path: `/gremlin/${kind}`,
    tags,
    security,
    middleware: [requireOperator, readJsonBody] as const,
    summary: summaries[kind],
    description,
    request: { body: jsonBody(schema) },
    responses: untyped({ ...problemResponses("forbidden", ...bodyCodes), 200: jsonContent(gremlinSchema, "The gremlin as it is now") }),
  });
  app.openapi(route, async (c) => c.json(await chaos.put(toGremlinRule(kind, c.req.valid("json"))), 200));
}

/** The gremlins that may strike, for `/health` and `/metrics`; none when they cannot be told in time. Never rejects. */
export async function looseGremlins(chaos: ChaosPort): Promise<WireGremlin[]> {
  try {
    const gremlins = await withDeadline(chaos.list(), listDeadlineMs, "the chaos actor");
    return gremlins.filter(({ enabled, times, fired }) => enabled && (times === null || fired < times));
  } catch (error) {
    createLogger("gateway").warn("the gremlins could not be listed", { error: describeError(error) });
    return [];
  }
}
