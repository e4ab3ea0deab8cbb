/**
 * The writes as steps: one statement each on a pool of node-postgres. DBOS runs a step at least once, so a statement has no effect the
 * second time. The faster of the two ways: nothing is noted in the shop's own database, and a row is locked for one statement only.
 *
 * @see https://docs.dbos.dev/typescript/tutorials/step-tutorial
 */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { DatabaseError, Pool } from "pg";
import type { OrderWrites, Placed } from "./place-order.ts";
import { confirmAndSell, failAndRelease, find, placeAndReserve, type Statement } from "./statements.ts";

const uniqueViolation = "23505";

export function stepWrites(connectionString: string): OrderWrites {
  const pool = new Pool({ connectionString, max: 10 });
  const rowsOf = async <Row extends object>({ name, text }: Statement, values: readonly unknown[]): Promise<readonly Row[]> =>
    (await pool.query<Row>({ name, text, values: [...values] })).rows;
  const place = async (values: readonly unknown[]): Promise<Placed> => {
    const rows = await rowsOf<Placed>(placeAndReserve, values).catch((error: unknown) => {
      if (error instanceof DatabaseError && error.code === uniqueViolation) return rowsOf<Placed>(find, values.slice(0, 1));
      throw error;
    });
    return onlyRow(rows);
  };
  const run = async (statement: Statement, values: readonly unknown[]): Promise<void> => {
    await DBOS.runStep(() => rowsOf(statement, values).then(() => undefined), { name: statement.name });
  };
  return {
    placeAndReserve: (key, { sku, quantity }) => DBOS.runStep(() => place([key, sku, quantity]), { name: placeAndReserve.name }),
    confirmAndSell: (key, chargeId) => run(confirmAndSell, [key, chargeId]),
    failAndRelease: (key) => run(failAndRelease, [key]),
  };
}

function onlyRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("the order is not there");
  return row;
}
