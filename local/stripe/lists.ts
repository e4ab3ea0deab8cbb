/** Lists, as Stripe pages them: newest first, by the id of the last or the first object that is known. */
import { z } from "zod";
import type { Ledger, ListQuery } from "./ledger.ts";
import type { ObjectKind, ObjectKinds } from "./objects.ts";

export const limitSchema = z.coerce.number().int().min(1).max(100).default(10);
export const pageSchemas = { limit: limitSchema, starting_after: z.string().optional(), ending_before: z.string().optional() };

const seconds = z.coerce.number().int().optional();
export const createdSchema = z.strictObject({ gte: seconds, gt: seconds, lte: seconds, lt: seconds }).optional();
export const expandSchema = z.array(z.enum(["latest_charge", "data.latest_charge"])).default([]);

interface Page {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

type Filter = { readonly [Name in Exclude<keyof ListQuery, "limit" | "after" | "before">]?: ListQuery[Name] | undefined };

export function listOf<Kind extends ObjectKind>(
  ledger: Ledger,
  kind: Kind,
  { page, query = {}, url }: { readonly page: Page; readonly query?: Filter | undefined; readonly url: string },
) {
  const { limit, starting_after: after, ending_before: before } = page;
  const given = Object.fromEntries(Object.entries({ ...query, after, before }).filter(([, value]) => value !== undefined));
  // One more than asked for, to know whether there are more.
  const found = ledger.list(kind, { ...given, limit: limit + 1 });
  const data: readonly ObjectKinds[Kind][] = before === undefined ? found.slice(0, limit) : found.slice(-limit);
  return { object: "list", url, data, has_more: found.length > limit } as const;
}
