/** A real PostgreSQL server behind the same endpoint. */
import pg from "pg";
import {
  beginStatement,
  SqlError,
  type SqlBackend,
  type SqlField,
  type SqlQuery,
  type SqlResult,
  type TransactionMode,
} from "./backend.ts";

/** Connections to the server; Neon's pooler would allow many more, one machine does not need them. */
const maxConnections = 10;

/** @throws When the server cannot be reached or refuses the login: now, and not at the first order. */
export async function connectServer(connectionString: string): Promise<SqlBackend> {
  const pool = new pg.Pool({ connectionString, max: maxConnections, pipeline: true });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on("error", () => undefined);
  await pool.query("SELECT 1").catch(async (cause: unknown) => {
    await pool.end();
    throw new Error(`PostgreSQL at ${withoutPassword(connectionString)} cannot be used: ${String(cause)}`, { cause });
  });
  return {
    wireUrl: connectionString,
    query: (query) => run(pool, query),
    transaction: (queries, mode) => runTransaction(pool, { queries, mode }),
    close: () => pool.end(),
  };
}

interface Batch {
  readonly queries: readonly SqlQuery[];
  readonly mode: TransactionMode;
}

/**
 * Everything is sent at once, and the server reads it as one stream: a wait for each statement would wake both sides as often. After a
 * refusal it refuses what follows, and takes the COMMIT for a ROLLBACK. (Only a BEGIN that is refused would let each statement happen by
 * itself: a standby, where nothing can be written, refuses one for writing.)
 */
async function runTransaction(pool: pg.Pool, { queries, mode }: Batch): Promise<readonly SqlResult[]> {
  const client = await pool.connect();
  let broken = false;
  // The pool listens to idle connections only: without this one, a server that is killed now would end the process.
  const onError = (): void => void (broken = true);
  client.on("error", onError);
  try {
    const begun = client.query(beginStatement(mode));
    const results = queries.map((query) => run(client, query));
    const sent = [begun, ...results, client.query("COMMIT")];
    const refused = (await Promise.allSettled(sent)).find((answer) => answer.status === "rejected");
    if (refused !== undefined) rethrow(refused.reason);
    return await Promise.all(results);
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

const asText = { getTypeParser: () => (value: string | Buffer) => String(value) };

async function run(session: pg.Pool | pg.PoolClient, { query, params }: SqlQuery): Promise<SqlResult> {
  const config = { text: query, values: [...params], rowMode: "array" as const, types: asText, queryMode: "extended" };
  const result = await session.query<(string | null)[]>(config).catch(rethrow);
  return { command: result.command, rowCount: result.rowCount, fields: result.fields.map(describeField), rows: result.rows };
}

function describeField(field: pg.FieldDef): SqlField {
  const { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier } = field;
  return { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format: "text" };
}

function rethrow(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw new SqlError(error.message, error);
  throw error;
}

function withoutPassword(connectionString: string): string {
  const url = new URL(connectionString);
  url.password = "";
  return url.href;
}
