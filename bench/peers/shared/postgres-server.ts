/** A PostgreSQL of a peer's own: a fresh cluster, durable as it is by default (fsync and synchronous_commit on), on a free port. */
import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { startChildServer, type ChildServer } from "./child-server.ts";
import { freePort } from "./free-port.ts";

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
  const data = join(dir, "data");
  await mkdir(dir, { recursive: true });
  if (isRoot) await handOver(dir);
  const initdb = [join(bin, "initdb"), "--pgdata", data, "--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  await run([...asNobody, ...initdb], dir);
  const configured = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [...asNobody, join(bin, "postgres"), "-D", data, "-k", dir, "-p", String(port), ...configured];
  const url = `postgres://bench@127.0.0.1:${port}/postgres`;
  const server = await startChildServer({
    name: "postgres",
    command,
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
 */
export async function countWalSyncs(url: string): Promise<number> {
  const [row] = (await queryOnce(url, "SELECT wal_sync::float8 AS syncs FROM pg_stat_wal")) as readonly { readonly syncs: number }[];
  if (row === undefined) throw new Error("pg_stat_wal has no row");
  return row.syncs;
}

/** Debian keeps the servers of several versions beside each other; the newest first. */
export function findPostgresBin(): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(":").filter((dir) => dir !== "");
  return [...debianBins(), ...onPath].find((dir) => ["initdb", "postgres"].every((name) => isExecutable(join(dir, name))));
}

function debianBins(): readonly string[] {
  const root = "/usr/lib/postgresql";
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(root, version, "bin"));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL refuses to run as root. setpriv replaces itself with the server, so the process id is the server's own. */
const isRoot = process.getuid?.() === 0;
const asNobody: readonly string[] = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

/** `nobody` owns the directory, and may pass through the one above it, which the bench made for itself. */
async function handOver(dir: string): Promise<void> {
  await chmod(join(dir, ".."), 0o711);
  await chown(dir, 65_534, 65_534);
}

async function run([program = "", ...args]: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(program, args, { cwd });
}
