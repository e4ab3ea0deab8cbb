/** The durable records over real HTTP: many writers at once, on PGlite and, where HOLDFAST_POSTGRES_URL says so, on PostgreSQL. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LocalEndpoint } from "../../local/http-endpoint.ts";
import type { SqlBackend } from "../../local/postgres/backend.ts";
import { openNeonEndpoint } from "../../local/postgres/neon-endpoint.ts";
import { openPGlite } from "../../local/postgres/pglite-backend.ts";
import { connectServer } from "../../local/postgres/server-backend.ts";
import { journalEntry, orderEvent, productEvent, testOrderId, testRefund, testTime } from "../testing/events.ts";
import { createDatabase, isRefusedByDatabase, type Database } from "./client.ts";
import { keepDeadLetters } from "./dead-letters.ts";
import { findNotification, recordNotifications } from "./notifications.ts";
import { listOrders } from "./orders.ts";
import { projectEvents } from "./project-events.ts";

const serverUrl = process.env["HOLDFAST_POSTGRES_URL"];
const backends: [string, (directory: string) => Promise<SqlBackend>][] = [
  ["PGlite", (directory) => openPGlite(join(directory, "postgres"))],
];
if (serverUrl !== undefined) backends.push(["PostgreSQL", () => connectFreshDatabase(serverUrl)]);

/** A database of its own on the server, dropped at the end, so that nothing else on it is touched. */
async function connectFreshDatabase(url: string): Promise<SqlBackend> {
  const name = `holdfast_records_${process.pid}`;
  const onServer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await onServer(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  const backend = await connectServer(own.href);
  const close = async (): Promise<void> => {
    await backend.close();
    await onServer(`drop database ${name}`);
  };
  return { ...backend, close };
}

describe.each(backends)("durable records on %s", (_name, open) => {
  let directory: string;
  let backend: SqlBackend;
  let endpoint: LocalEndpoint;
  let db: Database;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-records-"));
    backend = await open(directory);
    const logger = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error };
    await runner({ databaseUrl: backend.wireUrl, dir: "migrations", migrationsTable: "pgmigrations", direction: "up", logger });
    endpoint = await openNeonEndpoint(backend, { port: 0, connectionString: backend.wireUrl });
    db = createDatabase({ databaseUrl: backend.wireUrl, databaseFetchEndpoint: `${endpoint.url}/sql`, queryTimeoutMs: 30_000 });
  });
  beforeEach(async () => {
    const query = "truncate orders.orders, catalog.products, payments.payments, ops.notifications, ops.dead_letters cascade";
    await backend.query({ query, params: [] });
  });
  afterAll(async () => {
    await endpoint.stop();
    await backend.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("writers of the same orders at the same time neither deadlock nor leave anything but the last versions", async () => {
    const [orders, versions] = [20, 10];
    const eventOf = (number: number, version: number) =>
      orderEvent({
        order: {
          id: testOrderId(number),
          version,
          total_minor: version,
          created_at: testTime(-number),
          metadata: { version: String(version) },
        },
        journal: [journalEntry(version)],
        payment: { refunds: [testRefund(1, { order_id: testOrderId(number), amount_minor: version, status: "pending" })] },
      });
    const batches = Array.from({ length: versions }, (_, index) => {
      const events = Array.from({ length: orders }, (_, number) => eventOf(number, index + 1));
      const products = ["A", "B"].map((sku) => productEvent({ product: { sku, version: index + 1 } }));
      // Every other writer has them the other way round, as two deliveries may.
      return index % 2 === 0 ? [...events, ...products] : [...products, ...events].toReversed();
    });
    await Promise.all([...batches, ...batches].map((batch) => projectEvents(db, batch)));

    const page = await listOrders(db, { principalId: "customer", limit: 100 });
    expect(page.ok && page.data).toEqual(Array.from({ length: orders }, (_, number) => eventOf(number, versions).data.order));
    const counted = await backend.query({
      query: "select (select count(*) from orders.journal), min(version), count(*) from orders.order_items",
      params: [],
    });
    expect(counted.rows).toEqual([[String(orders * versions), String(versions), String(orders)]]);
    const refunds = await backend.query({ query: "select min(amount_minor), min(version), count(*) from payments.refunds", params: [] });
    expect(refunds.rows).toEqual([[String(versions), String(versions), String(orders)]]);
  });

  test("of any number of simultaneous records of one notification exactly one is new", async () => {
    const context = { requestId: "r", correlationId: "c" };
    const command = (id: string) => ({
      id,
      kind: "order.confirmed",
      recipient: "x",
      subject: "s",
      message: "m",
      orderId: testOrderId(1),
      context,
    });
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) => recordNotifications(db, [command(`event-${index % 4}`)], { provider: "test" })),
    );
    const winners = tries.flatMap((ids) => [...ids]);
    expect(winners).toHaveLength(1);
    expect(await findNotification(db, command("event-other"))).toMatchObject({ id: winners[0] });
  });

  test("simultaneous arrivals of one dead letter are all counted", async () => {
    const letter = { queue: "q", key: "k", body: { a: [1, "x"] }, reason: null, attempts: 5, requestId: null, correlationId: null };
    await Promise.all(Array.from({ length: 20 }, () => keepDeadLetters(db, [letter])));
    const { rows } = await backend.query({ query: "select times, body from ops.dead_letters", params: [] });
    expect(rows).toEqual([["20", '{"a": [1, "x"]}']]);
  });

  test("a value that a constraint refuses is told from an outage", async () => {
    await projectEvents(db, [orderEvent()]);
    const second = orderEvent({ order: { version: 9, payment: { id: "pay_other", status: "none", amount_minor: 0, refunded_minor: 0 } } });
    const refusal: unknown = await projectEvents(db, [second]).catch((error: unknown) => error);
    expect([refusal instanceof Error, isRefusedByDatabase(refusal)]).toEqual([true, true]);
  });
});
