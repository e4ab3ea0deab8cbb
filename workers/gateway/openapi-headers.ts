/** The response headers that the OpenAPI document tells of: each described once, and referred to wherever it is sent. */
import type { OpenAPIHono } from "@hono/zod-openapi";

const descriptions = {
  Location: "Where to look for what the answer is about",
  Link: 'The same, as `rel="related"`: with DUPLICATE_POLICY=reject, when what the first request was about can be read',
  "Retry-After": "Seconds after which the same request may be answered otherwise",
  "Idempotent-Replayed": "`true` when the answer is that of a request before, with the same key",
  "WWW-Authenticate": "The scheme that is asked for, `Bearer`",
} as const;

export type DescribedHeader = keyof typeof descriptions;

export interface ResponseHeaders {
  readonly headers?: Record<string, { $ref: string }>;
}

/** Call once for each document: what `headersOf` refers to. */
export function registerHeaders({ openAPIRegistry }: Pick<OpenAPIHono, "openAPIRegistry">): void {
  for (const [name, description] of Object.entries(descriptions)) {
    const type = name === "Retry-After" ? "integer" : "string";
    openAPIRegistry.registerComponent("headers", name, { description, schema: { type } });
  }
}

/** The headers that a response may have, as a part of its description. */
export function headersOf(names: readonly DescribedHeader[]): ResponseHeaders {
  if (names.length === 0) return {};
  return { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };
}
