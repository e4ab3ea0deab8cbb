/** An empty database on a PostgreSQL server, for what needs several sessions: PGlite has one. */
import { join } from "node:path";
import pg from "pg";
import { startPostgres } from "../../bench/peers/shared/postgres-server.ts";
import { setting } from "../../local/project.ts";
import { findPostgresBin } from "./installed-programs.ts";

export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
}

const namedServer = (): string | undefined => setting("HOLDFAST_POSTGRES_URL");

/** Whether there is a server: one that HOLDFAST_POSTGRES_URL names, or the programs for one of our own. */
export const hasPostgresServer = (): boolean => namedServer() !== undefined || findPostgresBin() !== undefined;

/** @param dir The caller's own, for the files of a server of our own. @throws When there is no server, or it does not come up. */
export async function openFreshDatabase(dir: string): Promise<FreshDatabase> {
  const named = namedServer();
  if (named !== undefined) return createOn(named);
  const server = await startPostgres(join(dir, "postgres"));
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}

/** Dropped at the end; nothing else on the server is touched. */
async function createOn(server: string): Promise<FreshDatabase> {
  const name = `holdfast_fresh_${process.pid}`;
  await runOn(server, `create database ${name}`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  return { url: own.href, [Symbol.asyncDispose]: () => runOn(server, `drop database ${name} with (force)`) };
}

async function runOn(server: string, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
