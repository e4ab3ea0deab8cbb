/** A fresh PostgreSQL cluster in a directory of its own. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** PostgreSQL refuses to run as root. setpriv replaces itself with the server, so the process id is the server's own. */
const isRoot = process.getuid?.() === 0;
const asNobody: readonly string[] = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

export interface PostgresCluster {
  /** Its data directory. */
  readonly data: string;
  /** Starts its server, with a socket in `dir`; settings may follow. */
  readonly command: readonly string[];
}

export interface ClusterOptions {
  /** Made; the one above it is the caller's own. */
  readonly dir: string;
  /** Where PostgreSQL's programs are. */
  readonly bin: string;
  /** The superuser, who needs no password. */
  readonly user: string;
  /** More options of initdb. */
  readonly initdb: readonly string[];
}

/** @throws What initdb says. */
export async function makePostgresCluster({ dir, bin, user, initdb }: ClusterOptions): Promise<PostgresCluster> {
  const data = join(dir, "data");
  await mkdir(dir, { recursive: true });
  if (isRoot) await handOver(dir);
  const [program = "", ...args] = [...asNobody, join(bin, "initdb"), "--pgdata", data, `--username=${user}`, "--auth=trust", ...initdb];
  await promisify(execFile)(program, [...args, "--encoding=UTF8", "--no-sync"], { cwd: dir });
  return { data, command: [...asNobody, join(bin, "postgres"), "-D", data, "-k", dir] };
}

/** `nobody` owns the directory, and may pass through the one above it. */
async function handOver(dir: string): Promise<void> {
  await chmod(join(dir, ".."), 0o711);
  await chown(dir, 65_534, 65_534);
}
