/** A fresh Postgres with every migration applied, behind the Neon driver, for tests. */
import { PGlite } from "@electric-sql/pglite";
import { neonConfig } from "@neondatabase/serverless";
import { runner, type RunnerOption } from "node-pg-migrate";
import type { ClientBase } from "pg";
import { createDatabase, type Database } from "../client.ts";
import { neonFetch } from "./neon-over-pglite.ts";

export interface TestDatabase {
  readonly db: Database;
  readonly pglite: PGlite;
  /** Until it is called again with null, every request to the database fails as this says. */
  fail(failure: Error | null): void;
  /** Requests made so far: each is one round trip. */
  readonly requests: () => number;
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** One for each test file: starting it takes about a second, `empty` a few milliseconds. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const pglite = await PGlite.create();
  await migrate(pglite, { direction: "up" });
  const answer = neonFetch(pglite);
  let failure: Error | null = null;
  let requests = 0;
  neonConfig.fetchFunction = (url: string, init: { body: string }) => {
    requests += 1;
    return failure === null ? answer(url, init) : Promise.reject(failure);
  };
  return {
    db: createDatabase({ databaseUrl: "postgres://test:test@pglite.test/test" }),
    pglite,
    fail: (next) => {
      failure = next;
    },
    requests: () => requests,
    empty: async () => {
      await pglite.exec(
        "truncate orders.orders, catalog.products, payments.payments, ops.notifications, ops.dead_letters, ops.interventions cascade",
      );
    },
    close: () => pglite.close(),
  };
}

/** Runs the migrations with the tool that ships, one at a time when `count` says so. Answers the names of those it ran. */
export async function migrate(pglite: PGlite, options: Pick<RunnerOption, "direction" | "count">): Promise<string[]> {
  const done = await runner({ ...options, dbClient: clientOf(pglite), dir: "migrations", migrationsTable: "pgmigrations", logger: quiet });
  return done.map(({ name }) => name);
}

/** PGlite has node-postgres' `query`, but takes several statements at once only in `exec`. */
function clientOf(pglite: PGlite): ClientBase {
  const query = async (text: string, values?: unknown[]): Promise<unknown> =>
    values === undefined ? ((await pglite.exec(text)).at(-1) ?? { rows: [] }) : pglite.query(text, values);
  return { query } as unknown as ClientBase;
}

const quiet = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error };
