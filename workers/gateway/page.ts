/** Lists: `?limit=&cursor=` in, `{ data, next_cursor }` out. */
import { z } from "@hono/zod-openapi";
import type { Page } from "../../shared/db/cursor.ts";
import { ProblemError } from "./problem-error.ts";

const defaultLimit = 20;

/** Strict: a misspelt filter that was ignored would list things that were not asked for. */
export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, "1 to 100")
    .default(String(defaultLimit))
    .transform(Number)
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: defaultLimit, description: "How many at most" }),
  cursor: z.string().min(1).max(512).optional().openapi({ description: "`next_cursor` of the page before" }),
});

/**
 * The page on the wire.
 *
 * @throws ProblemError `invalid_query` for a cursor that no list has given out; `unavailable` when Postgres cannot be asked.
 */
export async function pageOf<Item>(list: () => Promise<Page<Item>>): Promise<{ data: Item[]; next_cursor: string | null }> {
  const page = await list().catch((cause: unknown) => {
    throw new ProblemError("unavailable", { detail: "The list cannot be read now", cause });
  });
  if (!page.ok) throw new ProblemError("invalid_query", { errors: [{ field: "cursor", message: "Not a cursor of this list" }] });
  return { data: [...page.data], next_cursor: page.nextCursor };
}
