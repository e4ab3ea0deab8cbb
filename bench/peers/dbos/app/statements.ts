/** What the workflow does to the shop's tables: three statements, each a transaction of its own, each without effect the second time. */

export interface Statement {
  /** Under which it is prepared. */
  readonly name: string;
  readonly text: string;
}

/**
 * Parameters: key, SKU, quantity. An order whose key is there already is a unique violation, which takes the reservation back with it.
 * Without enough stock it is written as failed, without a total.
 */
export const placeAndReserve: Statement = {
  name: "place-and-reserve",
  text: `
    WITH held AS (
      UPDATE stock SET reserved = reserved + $3 WHERE sku = $2 AND on_hand - reserved >= $3 RETURNING price_minor
    )
    INSERT INTO orders (idempotency_key, sku, quantity, status, total_minor)
    SELECT $1, $2, $3, CASE WHEN EXISTS (SELECT FROM held) THEN 'pending' ELSE 'failed' END, (SELECT price_minor * $3 FROM held)
    RETURNING order_id, total_minor::float8`,
};

/** Parameter: key. What `placeAndReserve` has returned. */
export const find: Statement = {
  name: "find",
  text: "SELECT order_id, total_minor::float8 FROM orders WHERE idempotency_key = $1",
};

/** Parameters: key, charge. */
export const confirmAndSell: Statement = {
  name: "confirm-and-sell",
  text: `
    WITH confirmed AS (
      UPDATE orders SET status = 'confirmed', charge_id = $2 WHERE idempotency_key = $1 AND status = 'pending' RETURNING sku, quantity
    )
    UPDATE stock SET on_hand = on_hand - quantity, reserved = reserved - quantity, sold = sold + quantity
    FROM confirmed WHERE stock.sku = confirmed.sku`,
};

/** Parameter: key. Gives the stock back. */
export const failAndRelease: Statement = {
  name: "fail-and-release",
  text: `
    WITH failed AS (
      UPDATE orders SET status = 'failed' WHERE idempotency_key = $1 AND status = 'pending' RETURNING sku, quantity
    )
    UPDATE stock SET reserved = reserved - quantity FROM failed WHERE stock.sku = failed.sku`,
};
