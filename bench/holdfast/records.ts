/** The durable records behind Holdfast: a PostgreSQL of the bench's own, one that is named, or PGlite inside Holdfast's Node process. */
import { join } from "node:path";
import pg from "pg";
import { withChildrenOfItsKind } from "../peers/shared/process-list.ts";
import { countWalSyncs, queryOnce, startPostgres } from "../peers/shared/postgres-server.ts";

/** `own`: started here. `named`: HOLDFAST_POSTGRES_URL. `pglite`: neither. */
export type RecordsChoice = { readonly kind: "own" } | { readonly kind: "named"; readonly url: string } | { readonly kind: "pglite" };

export interface Records {
  /** undefined: PGlite. */
  readonly url: string | undefined;
  readonly dataDirs: readonly string[];
  processes(): readonly number[];
  commits?(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws When the server does not come up, or refuses. */
export async function openRecords(choice: RecordsChoice, dataDir: string): Promise<Records> {
  switch (choice.kind) {
    case "own":
      return ownServer(dataDir);
    case "named":
      return namedServer(choice.url);
    case "pglite":
      return { url: undefined, dataDirs: [], processes: () => [], stop: () => Promise.resolve() };
  }
}

async function ownServer(dataDir: string): Promise<Records> {
  const server = await startPostgres(join(dataDir, "postgres"));
  return {
    url: server.url,
    dataDirs: [server.data],
    processes: () => withChildrenOfItsKind(server.pid),
    commits: () => countWalSyncs(server.url),
    stop: () => server.stop(),
  };
}

/** A database of the run's own on the named server, dropped at the end. What the server's processes use is not known. */
async function namedServer(serverUrl: string): Promise<Records> {
  const name = `holdfast_bench_${crypto.randomUUID().replaceAll("-", "")}`;
  await queryOnce(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    dataDirs: [],
    processes: () => [],
    stop: () => queryOnce(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`).then(() => undefined),
  };
}

/** One connection, kept open while a run looks at how far the records lag. */
export async function openCounter(url: string): Promise<{ countConfirmed(): Promise<number>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return {
    async countConfirmed() {
      const { rows } = await client.query<{ confirmed: number }>(
        "SELECT count(*)::int AS confirmed FROM orders.orders WHERE status = 'confirmed'",
      );
      return rows[0]?.confirmed ?? 0;
    },
    close: () => client.end(),
  };
}
