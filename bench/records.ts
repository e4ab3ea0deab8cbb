/**
 * The durable records behind Holdfast, and behind the floor's shapes that have them: a PostgreSQL of the bench's own, one that is named, or
 * PGlite inside Holdfast's Node process.
 */
import { join } from "node:path";
import pg from "pg";
import { withChildrenOfItsKind } from "./peers/shared/process-list.ts";
import { countWalSyncs, queryOnce, startPostgres } from "./peers/shared/postgres-server.ts";
import type { DurableRecords } from "./system.ts";

/** `own`: started here. `named`: HOLDFAST_POSTGRES_URL. `pglite`: neither. */
export type RecordsChoice = { readonly kind: "own" } | { readonly kind: "named"; readonly url: string } | { readonly kind: "pglite" };

export interface Records {
  /** undefined: PGlite. */
  readonly url: string | undefined;
  readonly dataDirs: readonly string[];
  processes(): readonly number[];
  commits?(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws When the server does not come up, or refuses. */
export async function openRecords(choice: RecordsChoice, dataDir: string): Promise<Records> {
  switch (choice.kind) {
    case "own":
      return ownServer(dataDir);
    case "named":
      return namedServer(choice.url);
    case "pglite":
      return { url: undefined, dataDirs: [], processes: () => [], stop: () => Promise.resolve() };
  }
}

async function ownServer(dataDir: string): Promise<Records> {
  const server = await startPostgres(join(dataDir, "postgres"));
  return {
    url: server.url,
    dataDirs: [server.data],
    processes: () => withChildrenOfItsKind(server.pid),
    commits: () => countWalSyncs(server.url),
    stop: () => server.stop(),
  };
}

/** A database of the run's own on the named server, dropped at the end. What the server's processes use is not known. */
async function namedServer(serverUrl: string): Promise<Records> {
  const name = `holdfast_bench_${crypto.randomUUID().replaceAll("-", "")}`;
  await queryOnce(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    dataDirs: [],
    processes: () => [],
    stop: () => queryOnce(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`).then(() => undefined),
  };
}

export interface RecordsReader {
  /** Orders that the records show as confirmed. */
  countConfirmed(): Promise<number>;
  /** @param skus How many there are. */
  read(skus: number): Promise<DurableRecords>;
  close(): Promise<void>;
}

/** One connection, kept open while a run looks at how far the records lag. The floor's tables have the names of Holdfast's. */
export async function openReader(url: string): Promise<RecordsReader> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  const count = async (query: string): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(query);
    return rows[0]?.count ?? 0;
  };
  return {
    countConfirmed: () => count("SELECT count(*)::int AS count FROM orders.orders WHERE status = 'confirmed'"),
    async read(skus) {
      const { rows } = await client.query<{ sku: string; count: number }>(confirmedBySku);
      const bySku = new Map(rows.map(({ sku, count }) => [sku, count]));
      return {
        confirmed: Array.from({ length: skus }, (_, index) => bySku.get(`SKU-${index}`) ?? 0),
        notified: await count("SELECT count(*)::int AS count FROM ops.notifications WHERE kind = 'order.confirmed'"),
      };
    },
    close: () => client.end(),
  };
}

/** An order counts that is there with its line, its captured payment and a journal. */
const confirmedBySku = `
  SELECT sku, count(*)::int AS count
  FROM orders.orders AS the_order
    JOIN orders.order_items AS item ON item.order_id = the_order.id
    JOIN payments.payments AS payment ON payment.order_id = the_order.id AND payment.status = 'captured'
  WHERE the_order.status = 'confirmed'
    AND EXISTS (SELECT FROM orders.journal AS entry WHERE entry.order_id = the_order.id)
  GROUP BY sku`;
