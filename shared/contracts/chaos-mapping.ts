/** Gremlins on the wire and in the code. */
import type { Gremlin, GremlinBody, GremlinKind, GremlinRule, WireGremlin } from "./chaos.ts";

export const toGremlinRule = (kind: GremlinKind, body: GremlinBody): GremlinRule & { readonly enabled: boolean } => ({
  kind,
  service: body.service,
  operation: body.operation ?? null,
  enabled: body.enabled,
  delayMs: body.delay_ms ?? null,
  probability: body.probability,
  seed: body.seed,
  times: body.times ?? null,
});

export const toWireGremlin = ({ delayMs, ...gremlin }: Gremlin): WireGremlin => ({ ...gremlin, delay_ms: delayMs });
