/** Keyset cursors: the key of the last row of a page, opaque to who carries it. */
import type { z } from "zod";

/** A list's answer. A cursor that this list did not make is refused, and nothing is read. */
export type Page<Item> =
  | { readonly ok: true; readonly data: readonly Item[]; readonly nextCursor: string | null }
  | { readonly ok: false; readonly code: "invalid_cursor" };

export const invalidCursor = { ok: false, code: "invalid_cursor" } as const;

/** @param key Text in ASCII only: timestamps, ids, SKUs. */
export const encodeCursor = (key: readonly string[]): string =>
  btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The key, or undefined when it is not one that the schema knows. */
export function decodeCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")))).data;
  } catch {
    // Not base64, or not JSON inside.
    return undefined;
  }
}

/** A page out of one row more than was asked for: the row too many only says that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  {
    limit,
    toItem,
    keyOf,
  }: { readonly limit: number; readonly toItem: (row: Row) => Item; readonly keyOf: (row: Row) => readonly string[] },
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { ok: true, data: rows.slice(0, limit).map(toItem), nextCursor: last === undefined ? null : encodeCursor(keyOf(last)) };
}
