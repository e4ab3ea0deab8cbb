/**
 * PGlite: PostgreSQL in this process, its files in one directory. It has one session, shared by the HTTP endpoint and by
 * the wire port.
 *
 * A request is written as wire messages up to one Sync and run in a single call: one trip into the engine for a whole
 * batch (measured: 17,000 statements/s, against 3,700 one by one), and, by the protocol's own rule, one transaction:
 * a statement that fails undoes the ones before it and those after it are skipped. A transaction that somebody has
 * open on the wire port is waited for, or the request would become part of it.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PGlite, protocol } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { beginStatement, SqlError, type SqlBackend, type SqlQuery, type SqlResult } from "./backend.ts";
import { readResults, type WireMessage } from "./protocol-results.ts";

/** How long a transaction on the wire port is waited for, ms. */
const busyTimeoutMs = 30_000;
const busyPollMs = 2;
/** Its own name, so that it never replaces the unnamed statement of a client on the wire port. */
const statementName = "holdfast_http";

/**
 * @param dataDir Made when it is not there. Only one process may have it open: the caller holds the state directory's lock.
 */
export async function openPGlite(dataDir: string): Promise<SqlBackend> {
  await mkdir(dirname(dataDir), { recursive: true });
  const database = await PGlite.create({ dataDir });
  const wire = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0, maxConnections: 50 });
  await wire.start();
  return {
    wireUrl: `postgres://postgres:postgres@${wire.getServerConn()}/postgres`,
    query: async (query) => only(await execute(database, [query])),
    transaction: (queries, mode) =>
      Object.values(mode).every((value) => value === undefined)
        ? execute(database, queries)
        : executeBetween(database, beginStatement(mode), queries),
    async close() {
      await wire.stop();
      await database.close();
    },
  };
}

function only(results: readonly SqlResult[]): SqlResult {
  const [result] = results;
  if (result === undefined) throw new Error("The database has answered a statement with nothing");
  return result;
}

/** A transaction with modes of its own needs to be opened in so many words. */
async function executeBetween(database: PGlite, begin: string, queries: readonly SqlQuery[]): Promise<readonly SqlResult[]> {
  const results = await execute(database, [{ query: begin, params: [] }, ...queries, { query: "COMMIT", params: [] }]);
  return results.slice(1, -1);
}

async function execute(database: PGlite, queries: readonly SqlQuery[]): Promise<readonly SqlResult[]> {
  const bytes = writeMessages(queries);
  const giveUpAt = Date.now() + busyTimeoutMs;
  for (;;) {
    const results = await database.runExclusive(async () => (database.isInTransaction() ? undefined : executeNow(database, bytes)));
    if (results !== undefined) return results;
    if (Date.now() > giveUpAt)
      throw new SqlError("another session has held a transaction open for too long", { severity: "ERROR", code: "55P03" });
    await sleep(busyPollMs);
  }
}

async function executeNow(database: PGlite, bytes: Uint8Array): Promise<readonly SqlResult[]> {
  const messages = await exchange(database, bytes);
  // A request is a session of its own: a transaction that it leaves open, or that failed after its BEGIN, ends with it.
  if (database.isInTransaction()) await exchange(database, protocol.serialize.query("ROLLBACK"));
  return readResults(messages);
}

/**
 * `execProtocol` cannot be used beside the wire port: PGlite 0.5 goes on giving its output to the receiver of the last
 * `execProtocolRawStream`, which is a client of that port.
 */
async function exchange(database: PGlite, bytes: Uint8Array): Promise<readonly WireMessage[]> {
  const messages: WireMessage[] = [];
  const parser = new protocol.Parser();
  await database.execProtocolRawStream(bytes, { onRawData: (data) => parser.parse(data.slice(), (message) => messages.push(message)) });
  return messages;
}

function writeMessages(queries: readonly SqlQuery[]): Uint8Array {
  const { serialize } = protocol;
  const messages = queries.flatMap(({ query, params }) => [
    serialize.close({ type: "S", name: statementName }),
    serialize.parse({ text: query, name: statementName }),
    serialize.bind({ statement: statementName, values: [...params] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
  ]);
  return Buffer.concat([...messages, serialize.sync()]);
}
