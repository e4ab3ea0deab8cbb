import { readdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { products } from "./schema/catalog.ts";
import { deadLetters, notifications } from "./schema/ops.ts";
import { journal, orderItems, orders } from "./schema/orders.ts";
import { payments } from "./schema/payments.ts";
import { createFromDrizzle } from "./testing/create-from-drizzle.ts";
import { describeSchema } from "./testing/describe-schema.ts";
import { migrate } from "./testing/test-database.ts";

let migrated: PGlite;
let stated: PGlite;
beforeAll(async () => {
  [migrated, stated] = await Promise.all([PGlite.create(), PGlite.create()]);
}, 60_000);
afterAll(() => Promise.all([migrated.close(), stated.close()]));

test("every migration's down restores exactly the schema before it, and up makes it again", async () => {
  const files = (await readdir("migrations")).sort().map((file) => file.replace(/\.sql$/, ""));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const before = await describeSchema(migrated);
    expect(await migrate(migrated, { direction: "up", count: 1 })).toEqual([file]);
    const after = await describeSchema(migrated);
    expect(after).not.toEqual(before);
    expect(await migrate(migrated, { direction: "down", count: 1 })).toEqual([file]);
    expect(await describeSchema(migrated)).toEqual(before);
    await migrate(migrated, { direction: "up", count: 1 });
    expect(await describeSchema(migrated)).toEqual(after);
  }
  expect(await migrate(migrated, { direction: "down", count: files.length })).toEqual(files.toReversed());
  expect(await describeSchema(migrated)).toEqual([]);
}, 60_000);

test("the drizzle schema states exactly what the migrations make", async () => {
  await migrate(migrated, { direction: "up" });
  await stated.exec(createFromDrizzle([orders, orderItems, journal, products, payments, notifications, deadLetters]));
  const lines = await describeSchema(migrated);
  expect(lines.filter((line) => line.startsWith("column")).length).toBeGreaterThan(60);
  expect(await describeSchema(stated)).toEqual(lines);
}, 60_000);
