/** The schema `catalog`, as migrations/0002 makes it: what the stock actors say of their products. */
import { integer, pgSchema, text } from "drizzle-orm/pg-core";
import { amountCheck, atLeast, currencyCheck, instant, integer53 } from "./columns.ts";

export const products = pgSchema("catalog").table(
  "products",
  {
    sku: text().primaryKey(),
    name: text().notNull(),
    priceMinor: integer53("price_minor").notNull(),
    currency: text().notNull(),
    version: integer().notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (product) => [
    amountCheck("products_price_minor_check", product.priceMinor),
    currencyCheck("products_currency_check", product.currency),
    atLeast("products_version_check", product.version, 1),
  ],
);
