/**
 * An order in one PostgreSQL transaction: written, its stock reserved, charged, confirmed. The primary key makes it idempotent, the
 * row lock of its SKU keeps two orders from selling the same unit. Named statements are prepared once per connection; what does not
 * wait for an answer is sent in one go (pipelining), so an order is two round trips: the lock of a hot SKU is held for one and a commit.
 *
 * @see https://node-postgres.com/features/pipelining
 * @see https://node-postgres.com/features/queries (named statements)
 */
import { Pool, type PoolClient } from "pg";
import { charge } from "./charge.ts";

export interface Order {
  readonly order_id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly status: "confirmed" | "failed";
  /** Null when there was not enough stock. */
  readonly total_minor: number | null;
  readonly charge_id: string | null;
}

export interface OrderInput {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
}

/** Both null when the key has an order already; only the price when there is not enough stock. */
interface Placed {
  readonly order_id: string | null;
  readonly price_minor: string | null;
}

/** The stock is reserved only if the order is new. @see https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-MODIFYING */
const placeAndReserve = {
  name: "place-and-reserve",
  text: `
    WITH placed AS (
      INSERT INTO orders (idempotency_key, sku, quantity, status) VALUES ($1, $2, $3, 'pending')
      ON CONFLICT (idempotency_key) DO NOTHING RETURNING order_id
    ), held AS (
      UPDATE stock SET reserved = reserved + $3
      WHERE sku = $2 AND on_hand - reserved >= $3 AND EXISTS (SELECT FROM placed) RETURNING price_minor
    )
    SELECT (SELECT order_id FROM placed), (SELECT price_minor FROM held)`,
};

const confirmAndSell = {
  name: "confirm-and-sell",
  text: `
    WITH sold AS (
      UPDATE stock SET on_hand = on_hand - $3, reserved = reserved - $3, sold = sold + $3 WHERE sku = $2
    )
    UPDATE orders SET status = 'confirmed', total_minor = $4, charge_id = $5 WHERE idempotency_key = $1`,
};

const fail = { name: "fail", text: "UPDATE orders SET status = 'failed' WHERE idempotency_key = $1" };

const find = {
  name: "find",
  text: `
    SELECT order_id, sku, quantity::float8 AS quantity, status, total_minor::float8 AS total_minor, charge_id
    FROM orders WHERE idempotency_key = $1`,
};

/**
 * Connections: what the pool has by default. Enough that some commit while others work; with more of them the orders that wait for the
 * row of a hot SKU crowd out the one that holds it. @see https://node-postgres.com/apis/pool
 */
const poolSize = 10;

/** @returns When every connection is open. */
export async function orderStore(connectionString: string): Promise<{ place(input: OrderInput): Promise<Order> }> {
  const pool = new Pool({ connectionString, max: poolSize, min: poolSize, pipeline: true, idleTimeoutMillis: 0 });
  const clients = await Promise.all(Array.from({ length: poolSize }, () => pool.connect()));
  for (const client of clients) client.release();
  return {
    async place(input) {
      const client = await pool.connect();
      try {
        const order = await placeInTransaction(client, input);
        client.release();
        return order;
      } catch (error) {
        // Thrown away with its transaction, which ends with the connection.
        client.release(true);
        throw error;
      }
    },
  };
}

async function placeInTransaction(client: PoolClient, { key, sku, quantity }: OrderInput): Promise<Order> {
  const [, placed] = await Promise.all([client.query("BEGIN"), client.query<Placed>({ ...placeAndReserve, values: [key, sku, quantity] })]);
  const { order_id: id = null, price_minor: price = null } = placed.rows[0] ?? {};
  if (id === null) return (await sendAndCommit(client, { ...find, values: [key] })) as Order;
  if (price === null) {
    await sendAndCommit(client, { ...fail, values: [key] });
    return { order_id: id, sku, quantity, status: "failed", total_minor: null, charge_id: null };
  }
  const total = Number(price) * quantity;
  const chargeId = await charge({ id: `${id}:charge:1`, amountMinor: total });
  await sendAndCommit(client, { ...confirmAndSell, values: [key, sku, quantity, total, chargeId] });
  return { order_id: id, sku, quantity, status: "confirmed", total_minor: total, charge_id: chargeId };
}

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The last statement and its commit in one go. @returns Its first row. @throws When either fails, or the commit was a rollback. */
async function sendAndCommit(client: PoolClient, statement: Statement): Promise<unknown> {
  const [result, end] = await Promise.all([client.query<Record<string, unknown>>(statement), client.query("COMMIT")]);
  if (end.command !== "COMMIT") throw new Error(`the transaction ended with ${end.command}`);
  return result.rows[0];
}
