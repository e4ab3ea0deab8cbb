/** The durable records of a floor's shape that has them: Holdfast's tables of an order, with the least columns and nothing but their keys. */
import { openReader, openRecords, type Records, type RecordsChoice, type RecordsReader } from "../../records.ts";
import { queryOnce } from "../shared/postgres-server.ts";

const schema = `
  CREATE SCHEMA orders;
  CREATE TABLE orders.orders (id text PRIMARY KEY, status text NOT NULL, total_minor bigint NOT NULL, created_at timestamptz NOT NULL);
  CREATE TABLE orders.order_items (
    order_id text NOT NULL, line_no integer NOT NULL, sku text NOT NULL, quantity bigint NOT NULL, PRIMARY KEY (order_id, line_no)
  );
  CREATE TABLE orders.journal (
    order_id text NOT NULL, seq integer NOT NULL, step text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (order_id, seq)
  );
  CREATE SCHEMA payments;
  CREATE TABLE payments.payments (order_id text PRIMARY KEY, status text NOT NULL, amount_minor bigint NOT NULL);
  CREATE SCHEMA ops;
  CREATE TABLE ops.notifications (order_id text PRIMARY KEY, kind text NOT NULL, sent_at timestamptz NOT NULL);`;

export interface FloorRecords extends Records {
  readonly url: string;
  readonly reader: RecordsReader;
}

/** @throws When the server does not come up or refuses, or the choice is PGlite, which has no process of its own. */
export async function openFloorRecords(choice: RecordsChoice, dataDir: string): Promise<FloorRecords> {
  await using opened = new AsyncDisposableStack();
  const records = opened.adopt(await openRecords(choice, dataDir), (open) => open.stop());
  const { url } = records;
  if (url === undefined) throw new Error("The floor keeps its records in PostgreSQL only");
  await queryOnce(url, schema);
  const reader = opened.adopt(await openReader(url), (open) => open.close());
  const resources = opened.move();
  return { ...records, url, reader, stop: () => resources.disposeAsync() };
}
