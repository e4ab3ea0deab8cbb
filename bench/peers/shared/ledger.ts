/** The tables of the two peers on PostgreSQL: made and filled before the load, read after it. */
import type { Stock } from "../../system.ts";
import { queryOnce } from "./postgres-server.ts";

/**
 * `on_hand` is what stands in the warehouse, reserved units included. The stock of a SKU is written with every order, so its pages keep
 * room for the next version of a row (`fillfactor`; a version on the same page needs no work on the index).
 */
const schema = `
  CREATE TABLE stock (
    sku text PRIMARY KEY,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    received bigint NOT NULL,
    on_hand bigint NOT NULL CHECK (on_hand >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved BETWEEN 0 AND on_hand),
    sold bigint NOT NULL DEFAULT 0 CHECK (sold >= 0)
  ) WITH (fillfactor = 20);
  CREATE TABLE orders (
    idempotency_key text PRIMARY KEY,
    order_id uuid NOT NULL DEFAULT gen_random_uuid(),
    sku text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    status text NOT NULL,
    total_minor bigint,
    charge_id text,
    created_at timestamptz NOT NULL DEFAULT now()
  );`;

export async function createLedger(
  url: string,
  { skus, unitsPerSku }: { readonly skus: number; readonly unitsPerSku: number },
): Promise<void> {
  await queryOnce(url, schema);
  await queryOnce(
    url,
    `INSERT INTO stock (sku, price_minor, received, on_hand) SELECT 'SKU-' || n, 1999, $2, $2 FROM generate_series(0, $1::int - 1) AS n`,
    [skus, unitsPerSku],
  );
  await queryOnce(url, "VACUUM ANALYZE stock");
}

/** @returns Index n is SKU-n. Free units only are on hand here, as the bench wants them. */
export async function readLedger(url: string): Promise<readonly Stock[]> {
  const rows = await queryOnce(
    url,
    `SELECT received::float8 AS received, (on_hand - reserved)::float8 AS "onHand", reserved::float8 AS reserved, sold::float8 AS sold
     FROM stock ORDER BY substr(sku, 5)::int`,
  );
  return rows as readonly Stock[];
}
