/** The SQL files of `migrations/`, applied and undone by node-pg-migrate. The command line, the start and the tests all come here. */
import { readdir } from "node:fs/promises";
import { runner, type RunnerOption } from "node-pg-migrate";
import pg from "pg";
import { migrationsDir } from "./project.ts";

const migrationsTable = "pgmigrations";
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface MigrationOptions {
  /** Where the SQL files are; the project's own by default. */
  readonly dir?: string | undefined;
  /** How many; all of them up and one of them down by default. */
  readonly count?: number | undefined;
}

/**
 * Applies what has not been applied, in one transaction: all of it, or nothing.
 *
 * @param databaseUrl Any PostgreSQL, by its wire protocol.
 * @returns The names applied, in order.
 * @throws Error of the statement that failed, or when a migration stands before one that has been applied.
 */
export const migrateUp = (databaseUrl: string, options: MigrationOptions = {}): Promise<string[]> =>
  run(databaseUrl, { direction: "up", ...options });

/** Undoes the newest, or the newest `count`, in one transaction. @returns The names undone, newest first. */
export const migrateDown = (databaseUrl: string, options: MigrationOptions = {}): Promise<string[]> =>
  run(databaseUrl, { direction: "down", ...options });

async function run(databaseUrl: string, options: MigrationOptions & { readonly direction: "up" | "down" }): Promise<string[]> {
  const { direction, dir = migrationsDir, count } = options;
  const done = await runner({
    databaseUrl,
    direction,
    dir,
    migrationsTable,
    checkOrder: true,
    singleTransaction: true,
    logger: silent,
    ...(count === undefined ? {} : { count }),
  } satisfies RunnerOption);
  return done.map((migration) => migration.name);
}

export interface MigrationState {
  readonly name: string;
  /** null: not applied yet. */
  readonly appliedAt: Date | null;
}

/** Every migration there is a file of, oldest first, and when it was applied. */
export async function migrationStatus(databaseUrl: string, options: Pick<MigrationOptions, "dir"> = {}): Promise<MigrationState[]> {
  const files = (await readdir(options.dir ?? migrationsDir))
    .filter((file) => file.endsWith(".sql"))
    .map((file) => file.slice(0, -".sql".length));
  const applied = await readApplied(databaseUrl);
  return files.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((name) => ({ name, appliedAt: applied.get(name) ?? null }));
}

async function readApplied(databaseUrl: string): Promise<Map<string, Date>> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ there: boolean }>(`SELECT to_regclass('public.${migrationsTable}') IS NOT NULL AS there`);
    if (tables[0]?.there !== true) return new Map();
    const { rows } = await client.query<{ name: string; run_on: Date }>(`SELECT name, run_on FROM public.${migrationsTable}`);
    return new Map(rows.map((row) => [row.name, row.run_on]));
  } finally {
    await client.end();
  }
}
