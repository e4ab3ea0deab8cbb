/** The one interface between the Neon-shaped endpoint and what keeps the rows: PGlite in this process, or a PostgreSQL server. */

export interface SqlQuery {
  readonly query: string;
  /** In Postgres's text format, as the clients send them. */
  readonly params: readonly (string | null)[];
}

/** A result column as Postgres describes it; `dataTypeID` is the type's oid, by which clients choose their parser. */
export interface SqlField {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
  readonly format: string;
}

export interface SqlResult {
  /** The first word of the command tag, such as INSERT. */
  readonly command: string;
  /** Rows changed or returned; null for a command that counts none, such as CREATE. */
  readonly rowCount: number | null;
  readonly fields: readonly SqlField[];
  /** Values in text format, in the order of `fields`. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export type IsolationLevel = "READ UNCOMMITTED" | "READ COMMITTED" | "REPEATABLE READ" | "SERIALIZABLE";

export interface TransactionMode {
  readonly isolationLevel?: IsolationLevel | undefined;
  readonly readOnly?: boolean | undefined;
  readonly deferrable?: boolean | undefined;
}

export interface SqlBackend {
  /** Where the same database speaks Postgres's wire protocol: for migrations and for tools such as psql. */
  readonly wireUrl: string;
  /** One statement, committed by itself. @throws SqlError when the database refuses it. */
  query(query: SqlQuery): Promise<SqlResult>;
  /** All of them in one transaction, or none. @throws SqlError of the first that is refused. */
  transaction(queries: readonly SqlQuery[], mode: TransactionMode): Promise<readonly SqlResult[]>;
  close(): Promise<void>;
}

/** The members of Postgres's error report that go over the wire, by the names the clients know them. */
export const sqlErrorFields = [
  "severity",
  "code",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

export type SqlErrorReport = Partial<Record<(typeof sqlErrorFields)[number], string | undefined>>;

/** The database has refused a statement. `report.code` is the SQLSTATE. */
export class SqlError extends Error {
  readonly report: SqlErrorReport;

  constructor(message: string, report: SqlErrorReport) {
    super(message);
    this.name = "SqlError";
    this.report = Object.fromEntries(sqlErrorFields.map((field) => [field, report[field]]));
  }
}

/** `BEGIN` with the modes asked for; those not asked for are the database's defaults. */
export function beginStatement(mode: TransactionMode): string {
  const isolation = mode.isolationLevel === undefined ? "" : ` ISOLATION LEVEL ${mode.isolationLevel}`;
  const access = mode.readOnly === undefined ? "" : mode.readOnly ? " READ ONLY" : " READ WRITE";
  const deferrable = mode.deferrable === undefined ? "" : mode.deferrable ? " DEFERRABLE" : " NOT DEFERRABLE";
  return `BEGIN${isolation}${access}${deferrable}`;
}
