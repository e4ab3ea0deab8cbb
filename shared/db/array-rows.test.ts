import { PgDialect } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { upsertNewer, upsertWhere } from "./array-rows.ts";
import { products } from "./schema/catalog.ts";

const rows = {
  table: products,
  key: [products.sku],
  rows: [{ sku: "A", name: "Product A", priceMinor: 500, currency: "EUR", version: 1, updatedAt: "2026-01-01T00:00:00.000Z" }],
};
const conditionOf = (statement: ReturnType<typeof upsertWhere>) => new PgDialect().sqlToQuery(statement).sql.split(/\s+where /)[1];

test("upsertWhere keeps to each condition, whatever was asked for with the same rows before", () => {
  const older = "excluded.version < stored.version";
  expect(conditionOf(upsertNewer(rows))).toBe('excluded."version" > stored."version"');
  expect(conditionOf(upsertWhere(rows, older))).toBe(older);
  expect(conditionOf(upsertNewer(rows))).toBe('excluded."version" > stored."version"');
});
