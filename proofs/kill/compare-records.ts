/** Postgres held against the actors and the clients' books: every order's newest version, and one notification of each outcome. */
import pg from "pg";
import type { ShopAddress } from "../shared/cloud-process.ts";
import type { Books, OrderBook } from "./books.ts";
import { expectedOrder } from "./expected-order.ts";
import { inParallel } from "./in-parallel.ts";

const concurrency = 8;

interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly version: number;
}

/**
 * @param refresh Reads an order from its actor again: for those of which Postgres knows more than the last reading.
 * @returns What is missing or not the same, one sentence each.
 * @throws When Postgres cannot be read.
 */
export async function compareRecords(
  { databaseUrl }: ShopAddress,
  { books, refresh }: { books: Books; refresh: (book: OrderBook) => Promise<unknown> },
): Promise<readonly string[]> {
  const { orders, told } = await readRecords(databaseUrl);
  const rows = new Map(orders.map((row) => [row.id, row]));
  await inParallel(
    [...books.orders.values()].filter((book) => !isSame(rows.get(book.id), book)),
    concurrency,
    refresh,
  );
  const times = new Map(told.map((row) => [`${row.order_id} ${row.kind}`, row.times]));
  return [...compareOrders(rows, books), ...compareNotifications(times, books)];
}

async function readRecords(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const orders = await client.query<OrderRow>("SELECT id, status, version FROM orders.orders");
    const told = await client.query<{ order_id: string; kind: string; times: number }>(
      "SELECT order_id, kind, count(*)::int AS times FROM ops.notifications WHERE order_id IS NOT NULL GROUP BY order_id, kind",
    );
    return { orders: orders.rows, told: told.rows };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const isSame = (row: OrderRow | undefined, { seen }: OrderBook): boolean =>
  row !== undefined && row.version === seen?.version && row.status === seen.status;

/** The actors' side is what the last reading of each order showed. */
function compareOrders(rows: ReadonlyMap<string, OrderRow>, { orders }: Books): readonly string[] {
  const differing = [...orders.values()].flatMap((book) => {
    const row = rows.get(book.id);
    if (isSame(row, book)) return [];
    const inPostgres = row === undefined ? "not" : `${row.status} (version ${row.version})`;
    return [`${book.id} is ${inPostgres} in Postgres and ${book.seen?.status ?? "unread"} (${book.seen?.version ?? 0}) in its actor`];
  });
  const strangers = [...rows.keys()].filter((id) => !orders.has(id)).map((id) => `${id} is in Postgres and nobody placed it`);
  return [...differing, ...strangers];
}

function compareNotifications(times: ReadonlyMap<string, number>, { orders }: Books): readonly string[] {
  return [...orders.values()].flatMap((book) => {
    const { status, wasConfirmed } = expectedOrder(book);
    const wanted = {
      "order.confirmed": wasConfirmed,
      "order.failed": status === "failed",
      "order.cancelled": status === "cancelled",
    };
    return Object.entries(wanted).flatMap(([kind, must]) => {
      const found = times.get(`${book.id} ${kind}`) ?? 0;
      return found === Number(must) ? [] : [`${book.id} has ${found} notifications ${kind} and must have ${Number(must)}`];
    });
  });
}
