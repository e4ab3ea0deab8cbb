/**
 * Writing many rows with one statement and one parameter: the rows travel as JSON and Postgres reads them by the table's
 * own column types. A `values` list would need a parameter for each cell, and 100 orders of 100 lines have more cells
 * than the 65,535 parameters that a statement may have.
 */
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { storableJson } from "./storable-json.ts";

interface RowsOf<Table extends PgTable> {
  readonly table: Table;
  /** The columns that tell one row from another; rows are written in their order, so two writers cannot deadlock. */
  readonly key: readonly AnyPgColumn[];
  /** At least one, no two with the same key, all with the same members. What they leave out gets its default. */
  readonly rows: readonly Table["$inferInsert"][];
}

/** Inserts the rows; a row that is there is replaced when the new one has a higher `version`, and otherwise stays as it is. */
export function upsertNewer<Table extends PgTable & { readonly version: AnyPgColumn }>({ table, key, rows }: RowsOf<Table>): SQL {
  const assignments = columnsOf(table, rows)
    .filter((column) => !key.includes(column))
    .map((column) => sql`${nameOf(column)} = excluded.${nameOf(column)}`);
  const version = nameOf(table.version);
  return sql`${insertRows({ table, key, rows })}
    on conflict (${list(key.map(nameOf))}) do update set ${list(assignments)}
    where excluded.${version} > stored.${version}`;
}

/** Inserts the rows that collide with none that is there, by any unique key. Append `returning` to learn which. */
export const insertNew = <Table extends PgTable>(rows: RowsOf<Table>): SQL => sql`${insertRows(rows)} on conflict do nothing`;

/** The bare insert, `stored` being the table's alias. The caller appends what happens on conflict. */
export function insertRows<Table extends PgTable>({ table, key, rows }: RowsOf<Table>): SQL {
  const columns = columnsOf(table, rows).map(nameOf);
  const given = columns.map((name) => sql`given.${name}`);
  const order = key.map((column) => sql`given.${nameOf(column)}`);
  return sql`insert into ${table} as stored (${list(columns)})
    select ${list(given)} from json_populate_recordset(null::${table}, ${toJson(table, rows)}::json) as given
    order by ${list(order)}`;
}

const list = (parts: readonly SQL[]): SQL => sql.join([...parts], sql`, `);
const nameOf = (column: AnyPgColumn): SQL => sql`${sql.identifier(column.name)}`;

/** The columns that the rows give. */
function columnsOf<Table extends PgTable>(table: Table, rows: readonly Table["$inferInsert"][]): AnyPgColumn[] {
  const members = Object.keys(rows[0] ?? {});
  return Object.entries(getTableColumns(table)).flatMap(([member, column]) => (members.includes(member) ? [column] : []));
}

function toJson<Table extends PgTable>(table: Table, rows: readonly Table["$inferInsert"][]): string {
  const columns = getTableColumns(table);
  const rename = ([member, value]: [string, unknown]): [string, unknown] => [columns[member]?.name ?? member, value];
  return storableJson(rows.map((row) => Object.fromEntries(Object.entries(row).map(rename))));
}
