import { readdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { products } from "./schema/catalog.ts";
import { deadLetters, interventions, notifications } from "./schema/ops.ts";
import { journal, orderItems, orders } from "./schema/orders.ts";
import { payments, refunds } from "./schema/payments.ts";
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

test("a shop that was changed by this release can be taken back to the one before, and forth again, its orders kept", async () => {
  await migrate(migrated, { direction: "up" });
  const statuses = ["none", "captured", "voided", "partially_refunded", "refunded"];
  await migrated.exec(`
    insert into orders.orders (id, principal_id, status, payment_method, metadata, correlation_id, version, created_at, updated_at, settled)
      select status, 'p', 'cancelled', 'm', '{}', 'c', 1, now(), now(), false from unnest(array['${statuses.join("','")}']) as status;
    insert into orders.order_items (order_id, line_no, sku, quantity, fulfilled_quantity, version)
      select id, 1, 'A', 2, 2, 1 from orders.orders;
    insert into payments.payments (id, order_id, status, method, amount_minor, refunded_minor, version, created_at, updated_at)
      select id, id, id, 'm', 10, case id when 'refunded' then 10 else 0 end, 1, now(), now() from orders.orders;
    insert into payments.refunds (id, order_id, payment_id, amount_minor, currency, status, reason, version, created_at)
      values ('r', 'refunded', 'refunded', 10, 'EUR', 'succeeded', 'x', 1, now());
    insert into ops.notifications (id, kind, recipient, subject, message, order_id, provider, request_id, correlation_id)
      values ('n', 'order.cancelled', 'p', 's', 'm', 'voided', 'log', 'r', 'c')`);
  const kept = async () => (await migrated.query("select order_id, status from payments.payments order by order_id")).rows;
  const newest = (await readdir("migrations")).filter((file) => file >= "0005").length;
  expect(await migrate(migrated, { direction: "down", count: newest })).toHaveLength(newest);
  expect(await kept()).toEqual([
    { order_id: "captured", status: "captured" },
    { order_id: "none", status: "none" },
    { order_id: "partially_refunded", status: "captured" },
    { order_id: "refunded", status: "captured" },
    { order_id: "voided", status: "none" },
  ]);
  await migrate(migrated, { direction: "up" });
  expect(await kept()).toHaveLength(5);
  expect(
    (await migrated.query("select distinct settled, fulfilled_quantity::int from orders.orders join orders.order_items on order_id = id"))
      .rows,
  ).toEqual([{ settled: true, fulfilled_quantity: 0 }]);
}, 60_000);

test("the drizzle schema states exactly what the migrations make", async () => {
  await migrate(migrated, { direction: "up" });
  await stated.exec(
    createFromDrizzle([orders, orderItems, journal, products, payments, refunds, notifications, deadLetters, interventions]),
  );
  const lines = await describeSchema(migrated);
  expect(lines.filter((line) => line.startsWith("column")).length).toBeGreaterThan(60);
  expect(await describeSchema(stated)).toEqual(lines);
}, 60_000);
