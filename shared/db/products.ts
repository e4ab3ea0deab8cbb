/** The products as they have been projected, and their one mapping. */
import { asc, gt } from "drizzle-orm";
import { z } from "zod";
import { skuSchema } from "../contracts/primitives.ts";
import type { WireProduct } from "../contracts/product.ts";
import type { Database } from "./client.ts";
import { decodeCursor, invalidCursor, pageOf, type Page } from "./cursor.ts";
import { products } from "./schema/catalog.ts";

type ProductRow = typeof products.$inferSelect;

const cursorSchema = z.tuple([skuSchema]);

/** In the order of their SKUs' code points. `limit` is 1 to 100. Throws when Postgres does. */
export async function listProducts(
  db: Database,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Page<WireProduct>> {
  const after = cursor === undefined ? null : decodeCursor(cursor, cursorSchema);
  if (after === undefined) return invalidCursor;
  const rows = await db
    .select()
    .from(products)
    .where(after === null ? undefined : gt(products.sku, after[0]))
    .orderBy(asc(products.sku))
    .limit(limit + 1);
  return pageOf(rows, { limit, toItem: toWireProduct, keyOf: ({ sku }) => [sku] });
}

export const toProductRow = (product: WireProduct): ProductRow => ({
  sku: product.sku,
  name: product.name,
  priceMinor: product.price_minor,
  currency: product.currency,
  version: product.version,
  updatedAt: product.updated_at,
});

const toWireProduct = (row: ProductRow): WireProduct => ({
  sku: row.sku,
  name: row.name,
  price_minor: row.priceMinor,
  currency: row.currency,
  version: row.version,
  updated_at: row.updatedAt,
});
