import { readdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { products } from "./schema/catalog.ts";
import { journalChanges, journalEntries } from "./schema/journal.ts";
import { deadLetters, interventions, notifications } from "./schema/ops.ts";
import { orderItems, orders } from "./schema/orders.ts";
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

const journalEntry = (seq: number) => ({
  seq,
  step: "place",
  attempt: 1,
  at: "2026-11-21T00:00:00.001Z",
  duration_ms: 0.5,
  outcome: "ok",
  status: "pending",
  cause: "request",
  detail: null,
  stock: [{ sku: "A", quantity: 1, effect: "held" }],
  money: null,
});

/** As the release before 0009 writes an order's journal. */
function writeEntries(seqs: readonly number[]): Promise<unknown> {
  const rows = seqs.map((seq) => ({ order_id: "o", ...journalEntry(seq) }));
  const names = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`);
  return migrated.query(
    `insert into "orders"."journal" as stored (${names.join(", ")})
    select ${names.map((name) => `given.${name}`).join(", ")} from json_populate_recordset(null::"orders"."journal", $1::json) as given
    order by given."order_id", given."seq" on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}

const writeChange = (seqs: readonly number[]): Promise<unknown> =>
  migrated.query("insert into orders.journal_changes values ('o', $1, $2)", [seqs[0], JSON.stringify(seqs.map(journalEntry))]);

test("what both releases write is one journal, every entry once, and the release before has all of it when this one is taken back", async () => {
  await migrate(migrated, { direction: "up" });
  await migrate(migrated, { direction: "down" });
  await migrated.exec(`
    insert into orders.orders (id, principal_id, status, payment_method, metadata, correlation_id, version, created_at, updated_at)
      values ('o', 'p', 'confirmed', 'm', '{}', 'c', 1, now(), now())`);
  const journal = async () => (await migrated.query("select * from orders.journal where order_id = 'o' order by seq")).rows;
  const entries = (...seqs: number[]) => seqs.map((seq) => ({ order_id: "o", ...journalEntry(seq), at: new Date(journalEntry(seq).at) }));
  await writeEntries([1, 2]);
  await migrate(migrated, { direction: "up" });
  expect(await journal()).toEqual(entries(1, 2));
  await writeChange([2, 3, 4]);
  await writeChange([4, 5]);
  await writeEntries([1, 3, 6]);
  expect(await journal()).toEqual(entries(1, 2, 3, 4, 5, 6));
  await migrate(migrated, { direction: "down" });
  expect(await journal()).toEqual(entries(1, 2, 3, 4, 5, 6));
  await migrate(migrated, { direction: "up" });
  expect(await journal()).toEqual(entries(1, 2, 3, 4, 5, 6));
  await migrated.exec("delete from orders.orders where id = 'o'");
  expect(await journal()).toEqual([]);
}, 60_000);

test("the drizzle schema states exactly what the migrations make, but for the journal that is asked", async () => {
  await migrate(migrated, { direction: "up" });
  await stated.exec(
    createFromDrizzle([
      orders,
      orderItems,
      journalChanges,
      journalEntries,
      products,
      payments,
      refunds,
      notifications,
      deadLetters,
      interventions,
    ]),
  );
  const isOfView = (line: string): boolean => /orders\.(journal|keep_journal_entry)\b/.test(line);
  const lines = await describeSchema(migrated);
  expect(lines.filter((line) => line.startsWith("column")).length).toBeGreaterThan(60);
  expect(await describeSchema(stated)).toEqual(lines.filter((line) => !isOfView(line)));
  const entryColumns = lines.filter((line) => line.startsWith("column orders.journal_entries."));
  expect(lines.filter(isOfView)).toEqual([
    ...entryColumns.map((line) => line.replace("journal_entries", "journal").replace(" not null", "")),
    "function orders.keep_journal_entry",
    expect.stringMatching(/^trigger orders.CREATE TRIGGER journal_keep_entry INSTEAD OF INSERT ON orders.journal /),
  ]);
}, 60_000);
