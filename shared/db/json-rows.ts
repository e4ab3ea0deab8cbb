/**
 * Writing many rows with one statement and one parameter: the rows travel as JSON and Postgres reads them by the table's
 * own column types. A `values` list would need a parameter for each cell, and 100 orders of 100 lines have more cells
 * than the 65,535 parameters that a statement may have.
 */
import { getTableColumns, sql, type SQL } from "drizzle-orm";
import { PgDialect, type AnyPgColumn, type PgTable } from "drizzle-orm/pg-core";
import { storableJson } from "./storable-json.ts";

interface RowsOf<Table extends PgTable> {
  readonly table: Table;
  /** The columns that tell one row from another; rows are written in their order, so two writers cannot deadlock. */
  readonly key: readonly AnyPgColumn[];
  /** At least one, no two with the same key, all with the same members. What they leave out gets its default. */
  readonly rows: readonly Table["$inferInsert"][];
}

/** Inserts the rows; a row that is there is replaced when the new one has a higher `version`, and otherwise stays as it is. */
export function upsertNewer<Table extends PgTable & { readonly version: AnyPgColumn }>(rows: RowsOf<Table>): SQL {
  return written("upsert", rows, (insertion) => {
    const { key, columns } = insertion;
    const assignments = columns
      .filter((column) => !key.includes(column))
      .map((column) => sql`${nameOf(column)} = excluded.${nameOf(column)}`);
    const version = nameOf(rows.table.version);
    return sql`${insertInto(insertion)}
    on conflict (${list(key.map(nameOf))}) do update set ${list(assignments)}
    where excluded.${version} > stored.${version}`;
  });
}

/** Inserts the rows that collide with none that is there, by any unique key. Append `returning` to learn which. */
export const insertNew = <Table extends PgTable>(rows: RowsOf<Table>): SQL => sql`${insertRows(rows)} on conflict do nothing`;

/** The bare insert, `stored` being the table's alias. The caller appends what happens on conflict. */
export const insertRows = <Table extends PgTable>(rows: RowsOf<Table>): SQL => written("insert", rows, insertInto);

interface Insertion {
  readonly table: PgTable;
  readonly key: readonly AnyPgColumn[];
  readonly columns: readonly AnyPgColumn[];
}

function insertInto({ table, key, columns }: Insertion): SQL {
  const names = columns.map(nameOf);
  const given = names.map((name) => sql`given.${name}`);
  const order = key.map((column) => sql`given.${nameOf(column)}`);
  return sql`insert into ${table} as stored (${list(names)})
    select ${list(given)} from json_populate_recordset(null::${table}, ${rowsParameter}::json) as given
    order by ${list(order)}`;
}

/**
 * A statement for the rows. Its text is the same whatever the rows are, and costs more than they do when they are few, so it is made once.
 *
 * @param what What it does, in a word.
 */
function written<Table extends PgTable>(what: string, { table, key, rows }: RowsOf<Table>, build: (insertion: Insertion) => SQL): SQL {
  const columns = columnsOf(table, rows);
  const id = [what, ...key.map(({ name }) => name), "|", ...columns.map(({ name }) => name)].join(" ");
  const known = textsOf(table);
  const parts = known.get(id) ?? dialect.sqlToQuery(build({ table, key, columns })).sql.split("$1");
  known.set(id, parts);
  const [before = "", after = ""] = parts;
  return sql`${sql.raw(before)}${toJson(table, rows)}${sql.raw(after)}`;
}

/** Stands in a statement for the rows. */
const rowsParameter = sql.param("rows");
const dialect = new PgDialect();

type Texts = Map<string, readonly string[]>;
/** What stands before and after the rows in the statements that were made for a table. */
const textsByTable = new WeakMap<PgTable, Texts>();

function textsOf(table: PgTable): Texts {
  const known = textsByTable.get(table);
  if (known !== undefined) return known;
  const created: Texts = new Map();
  textsByTable.set(table, created);
  return created;
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
  const names = Object.keys(rows[0] ?? {}).map((member) => [member, columns[member]?.name ?? member] as const);
  return storableJson(
    rows.map((row) => {
      const renamed: Record<string, unknown> = {};
      for (const [member, name] of names) renamed[name] = row[member as keyof typeof row];
      return renamed;
    }),
  );
}
