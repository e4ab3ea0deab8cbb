/** The statements that make what the drizzle schema states, so that Postgres itself can compare it with the migrations. */
import { is, SQL, sql } from "drizzle-orm";
import { getTableConfig, IndexedColumn, PgDialect, type PgColumn, type PgTable } from "drizzle-orm/pg-core";

const dialect = new PgDialect();
/** Columns by their bare names, as DDL has them. */
const text = (part: SQL): string => dialect.sqlToQuery(part.inlineParams()).sql.replaceAll(/"\w+"\."\w+"\.("\w+")/g, "$1");
const names = (columns: readonly { readonly name: string }[]): string => columns.map(({ name }) => `"${name}"`).join(", ");

/** For one Postgres schema: the tables, then what refers from one to another. Tables in the order of their dependencies. */
export function createFromDrizzle(tables: readonly PgTable[]): string {
  const configs = tables.map(getTableConfig);
  const schemas = new Set(configs.map(({ schema }) => schema));
  return [...[...schemas].map((schema) => `create schema "${schema}"`), ...configs.flatMap(createTable)].join(";\n");
}

function createTable(config: ReturnType<typeof getTableConfig>): string[] {
  const table = `"${config.schema}"."${config.name}"`;
  const parts = [
    ...config.columns.map(createColumn),
    ...config.primaryKeys.map((key) => `constraint "${key.getName()}" primary key (${names(key.columns)})`),
    ...config.uniqueConstraints.map((key) => `constraint "${key.getName()}" unique (${names(key.columns)})`),
    ...config.checks.map((check) => `constraint "${check.name}" check (${text(check.value)})`),
    ...config.foreignKeys.map((key) => {
      const { columns, foreignColumns, foreignTable } = key.reference();
      const foreign = getTableConfig(foreignTable);
      const onDelete = key.onDelete === undefined ? "" : ` on delete ${key.onDelete}`;
      const target = `"${foreign.schema}"."${foreign.name}" (${names(foreignColumns)})`;
      return `constraint "${key.getName()}" foreign key (${names(columns)}) references ${target}${onDelete}`;
    }),
  ];
  return [`create table ${table} (\n  ${parts.join(",\n  ")}\n)`, ...config.indexes.map((index) => createIndex(index.config, table))];
}

function createColumn(column: PgColumn): string {
  const byDefault =
    column.default === undefined ? "" : ` default ${text(is(column.default, SQL) ? column.default : sql`${column.default}`)}`;
  return `"${column.name}" ${column.getSQLType()}${column.primary ? " primary key" : ""}${column.notNull ? " not null" : ""}${byDefault}`;
}

function createIndex(config: ReturnType<typeof getTableConfig>["indexes"][number]["config"], table: string): string {
  const columns = config.columns.map((column) => {
    if (!is(column, IndexedColumn)) throw new Error("Only indexes over columns are compared");
    return `"${column.name}"${column.indexConfig.order === "desc" ? " desc" : ""}`;
  });
  const where = config.where === undefined ? "" : ` where ${text(config.where)}`;
  return `create ${config.unique ? "unique " : ""}index "${config.name}" on ${table} (${columns.join(", ")})${where}`;
}
