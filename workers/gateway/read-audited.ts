/** What the audit and the list of stuck money have in common on the wire: a cursor in, as much as fits the deadline out. */
import { z } from "@hono/zod-openapi";
import type { AuditQuery } from "../../shared/contracts/rpc.ts";
import type { GatewayContext } from "./hono.ts";
import { waitMsFor } from "./idempotently.ts";
import { ProblemError } from "./problem-error.ts";

export const auditCursor = z.string().min(1).max(512).optional().openapi({ description: "`next_cursor` of the part before" });

/** Time kept back for the last reading to end, which is not cut off, ms. */
const readingMarginMs = 1_000;

export const auditQueryOf = (c: GatewayContext, { cursor, nowMs }: { cursor: string | undefined; nowMs: number }): AuditQuery => ({
  cursor: cursor ?? null,
  budgetMs: Math.max(0, waitMsFor(c, nowMs) - readingMarginMs),
});

/**
 * The part that was asked for.
 *
 * @throws ProblemError `invalid_query` for a cursor that no audit has given out; `unavailable` when something could not be read.
 */
export async function readAudited<Part>(
  read: () => Promise<({ readonly ok: true } & Part) | { readonly ok: false; readonly code: "invalid_cursor" }>,
): Promise<Part> {
  const part = await read().catch((cause: unknown) => {
    throw new ProblemError("unavailable", { detail: "Not everything could be read to be compared", cause });
  });
  if (!part.ok) throw new ProblemError("invalid_query", { errors: [{ field: "cursor", message: "Not a cursor of this audit" }] });
  return part;
}
