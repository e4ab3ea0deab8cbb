/** Keyset cursors: the key of the last row of a page, opaque to who carries it. */
import { z } from "zod";

/** A list's answer. A cursor that this list did not make is refused, and nothing is read. */
export type Page<Item> =
  | { readonly ok: true; readonly data: readonly Item[]; readonly nextCursor: string | null }
  | { readonly ok: false; readonly code: "invalid_cursor" };

export const invalidCursor = { ok: false, code: "invalid_cursor" } as const;

/** A moment as a row has it. Others Postgres may refuse: the year 0, a fraction of a second that is too long. */
export const cursorMoment = z.iso.datetime({ precision: 3 }).refine((text) => !text.startsWith("0000"), "no year of Postgres's");

/** @param key Text in ASCII only, without quotes and backslashes: timestamps, ids, SKUs. */
export const encodeCursor = (key: readonly string[]): string =>
  btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The key, or undefined when it is not one that the schema knows. No list writes an escape, and some (U+0000) Postgres cannot be asked for. */
export function decodeCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.infer<Schema> | undefined {
  try {
    const json = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    return json.includes("\\") ? undefined : schema.safeParse(JSON.parse(json)).data;
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
