/**
 * The writes as transactions of a datasource, as the documentation advises for databases: what a transaction did is committed together
 * with the note that it has been done. Postgres.js, because its client prepares statements; read committed, because each statement
 * depends on the rows that it changes alone.
 *
 * @see https://docs.dbos.dev/typescript/tutorials/transaction-tutorial
 */
import { PostgresDataSource } from "@dbos-inc/postgres-datasource";
import type { OrderWrites, Placed } from "./place-order.ts";
import { confirmAndSell, failAndRelease, placeAndReserve, type Statement } from "./statements.ts";

type Value = string | number;

export function datasourceWrites(connectionString: string): OrderWrites {
  const { hostname: host, port, username: user, pathname } = new URL(connectionString);
  const shop = new PostgresDataSource("shop", { host, port: Number(port), user, database: pathname.slice(1), max: 10 });
  const run = ({ name, text }: Statement, values: Value[]): Promise<readonly Placed[]> =>
    shop.runTransaction(async () => [...(await shop.client.unsafe<Placed[]>(text, values, { prepare: true }))], {
      name,
      isolationLevel: "READ COMMITTED",
    });
  return {
    async placeAndReserve(key, { sku, quantity }) {
      const [placed] = await run(placeAndReserve, [key, sku, quantity]);
      if (placed === undefined) throw new Error("the order was not written");
      return placed;
    },
    confirmAndSell: (key, chargeId) => run(confirmAndSell, [key, chargeId]).then(() => undefined),
    failAndRelease: (key) => run(failAndRelease, [key]).then(() => undefined),
  };
}
