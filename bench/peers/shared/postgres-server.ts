/** A PostgreSQL of a peer's own: a fresh cluster, durable as it is by default (fsync and synchronous_commit on), on a free port. */
import pg from "pg";
import { freePort } from "../../../proofs/shared/free-port.ts";
import { findPostgresBin } from "../../../proofs/shared/installed-programs.ts";
import { makePostgresCluster } from "../../../proofs/shared/postgres-cluster.ts";
import { startChildServer, type ChildServer } from "./child-server.ts";

export interface PostgresServer extends ChildServer {
  readonly url: string;
  /** Its data directory. */
  readonly data: string;
}

/**
 * The settings that differ from what initdb writes. Memory as the manual advises for a server that is not alone on its machine, and
 * checkpoints as far apart as `max_wal_size` allows, so that a run of some seconds does not measure one. Durability is not touched;
 * it is written out so that it can be read here.
 * @see https://www.postgresql.org/docs/15/runtime-config-resource.html
 */
const settings = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "100",
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  listen_addresses: "127.0.0.1",
};

/**
 * @param dir Made. @throws When PostgreSQL is not installed or does not come up; nothing is left running then.
 */
export async function startPostgres(dir: string): Promise<PostgresServer> {
  const bin = findPostgresBin();
  if (bin === undefined)
    throw new Error("PostgreSQL is not installed: initdb and postgres are neither in /usr/lib/postgresql nor on the PATH");
  const port = await freePort();
  const { data, command } = await makePostgresCluster({ dir, bin, user: "bench", initdb: ["--locale=C"] });
  const configured = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const url = `postgres://bench@127.0.0.1:${port}/postgres`;
  const server = await startChildServer({
    name: "postgres",
    command: [...command, "-p", String(port), ...configured],
    dir,
    answers: () => queryOnce(url, "SELECT 1").then(() => undefined),
  });
  // SIGQUIT is its immediate shutdown: no checkpoint of data that is thrown away, but its shared memory is given back.
  return { url, data, pid: server.pid, stop: () => server.stop({ signal: "SIGQUIT", graceMs: 10_000 }) };
}

/** One query on a connection of its own. @throws What the server or the connection refuses. */
export async function queryOnce(url: string, text: string, values: readonly unknown[] = []): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * How often the write-ahead log has been synced to disk: the durable commits, where one sync carries every transaction that waited for it.
 * Each backend reports its own at most once a second, so the last second is missing while it works.
 * @see https://www.postgresql.org/docs/15/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW
 * @see https://www.postgresql.org/docs/18/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW
 */
export async function countWalSyncs(url: string): Promise<number> {
  const [server] = await queryOnce(url, "SELECT current_setting('server_version_num')::int AS version");
  const { version } = server as { readonly version: number };
  const [row] = (await queryOnce(url, version < 180_000 ? walSyncs : walSyncsSince18)) as readonly { readonly syncs: number }[];
  if (row === undefined) throw new Error("The server does not say how often it has synced its log");
  return row.syncs;
}

const walSyncs = "SELECT wal_sync::float8 AS syncs FROM pg_stat_wal";
/** What becomes of a file of the log when it is new is another context. */
const walSyncsSince18 = "SELECT sum(fsyncs)::float8 AS syncs FROM pg_stat_io WHERE object = 'wal' AND context = 'normal'";
