/**
 * Writing many rows with one statement: each column travels as one array, and Postgres puts the rows together. A `values` list would need a
 * parameter for each cell, and 100 orders of 100 lines have more cells than the 65,535 parameters that a statement may have; rows that
 * travel as JSON name every member in every row, which Postgres has to look up.
 */
import { getTableColumns, sql, SQL, StringChunk } from "drizzle-orm";
import { PgDialect, type AnyPgColumn, type PgTable } from "drizzle-orm/pg-core";
import { arrayLiteral, jsonArrayLiteral } from "./array-literal.ts";

interface RowsOf<Table extends PgTable> {
  readonly table: Table;
  /** The columns that tell one row from another; rows are written in their order, so two writers cannot deadlock. */
  readonly key: readonly AnyPgColumn[];
  /** At least one, no two with the same key, all with the same members. What they leave out gets its default. */
  readonly rows: readonly Table["$inferInsert"][];
}

/** Inserts the rows; a row that is there is replaced when the new one has a higher `version`, and otherwise stays as it is. */
export function upsertNewer<Table extends PgTable & { readonly version: AnyPgColumn }>(rows: RowsOf<Table>): SQL {
  const version = dialect.escapeName(rows.table.version.name);
  return upsertWhere(rows, `excluded.${version} > stored.${version}`);
}

/**
 * Inserts the rows; a row that is there is replaced when the condition holds, and otherwise stays as it is.
 *
 * @param condition SQL, without parameters, of `excluded`, the new row, and `stored`.
 */
export function upsertWhere<Table extends PgTable>(rows: RowsOf<Table>, condition: string): SQL {
  return written(`upsert where ${condition}`, rows, (insertion) => {
    const { key, columns } = insertion;
    const assignments = columns
      .filter((column) => !key.includes(column))
      .map((column) => sql`${nameOf(column)} = excluded.${nameOf(column)}`);
    return sql`${insertInto(insertion)}
    on conflict (${list(key.map(nameOf))}) do update set ${list(assignments)}
    where ${sql.raw(condition)}`;
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
  const names = list(columns.map(nameOf));
  const arrays = columns.map((column) => sql`${arrayParameter}::${sql.raw(column.getSQLType())}[]`);
  return sql`insert into ${table} as stored (${names})
    select given.* from unnest(${list(arrays)}) as given (${names})
    order by ${list(key.map((column) => sql`given.${nameOf(column)}`))}`;
}

/**
 * A statement for the rows. Its text is the same whatever the rows are, and costs more than they do when they are few, so it is made once.
 *
 * @param what What it does with them, in words that say all that neither the table, the key nor the columns do.
 */
function written<Table extends PgTable>(what: string, { table, key, rows }: RowsOf<Table>, build: (insertion: Insertion) => SQL): SQL {
  const given = columnsOf(table, rows);
  const columns = given.map(({ column }) => column);
  const id = [what, "|", ...key.map(({ name }) => name), "|", ...columns.map(({ name }) => name)].join(" ");
  const known = textsOf(table);
  const parts = known.get(id) ?? dialect.sqlToQuery(build({ table, key, columns })).sql.split(/\$\d+/);
  known.set(id, parts);
  return new SQL(
    parts.flatMap((part, index) => {
      const member = given[index];
      return member === undefined ? [new StringChunk(part)] : [new StringChunk(part), sql.param(toArray(member, rows))];
    }),
  );
}

/** Stands in a statement for a column's values. */
const arrayParameter = sql.param("values");
const dialect = new PgDialect();

type Texts = Map<string, readonly string[]>;
/** What stands around the parameters in the statements that were made for a table. */
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

/** A column and the rows' member that it comes from. */
interface GivenColumn {
  readonly member: string;
  readonly column: AnyPgColumn;
}

/** The columns that the rows give. */
function columnsOf<Table extends PgTable>(table: Table, rows: readonly Table["$inferInsert"][]): GivenColumn[] {
  const members = Object.keys(rows[0] ?? {});
  return Object.entries(getTableColumns(table)).flatMap(([member, column]) => (members.includes(member) ? [{ member, column }] : []));
}

function toArray<Table extends PgTable>({ member, column }: GivenColumn, rows: readonly Table["$inferInsert"][]): string {
  const values = rows.map((row) => row[member as keyof typeof row]);
  return column.dataType === "json" ? jsonArrayLiteral(values) : arrayLiteral(values);
}
