/**
 * `npm run migrate -- up [n] | down [n] | status`. Without a number `up` applies all that are pending, and `down` undoes the newest.
 *
 * The database is DATABASE_URL or HOLDFAST_POSTGRES_URL when one is set (any PostgreSQL, Neon too). Otherwise it is the
 * embedded one under `.local/`: through the running `npm start` when there is one, else by opening its files.
 */
import { join } from "node:path";
import { migrateDown, migrateUp, migrationStatus } from "./migrations.ts";
import { openPGlite } from "./postgres/pglite-backend.ts";
import { defaultStateDir, setting } from "./project.ts";
import { lockState, readRun, type StateLock } from "./state-directory.ts";
import { runMain } from "./run-main.ts";

const usage = "Usage: npm run migrate -- up [n] | down [n] | status";

await runMain(async () => {
  const [verb, countText] = process.argv.slice(2);
  const count = countText === undefined ? undefined : Number(countText);
  if (!["up", "down", "status"].includes(verb ?? "") || (count !== undefined && !(Number.isInteger(count) && count > 0)))
    throw new Error(usage);
  await withDatabase(defaultStateDir, async (databaseUrl) => {
    if (verb === "status") report(await migrationStatus(databaseUrl));
    else if (verb === "up") list("Applied", await migrateUp(databaseUrl, { count }));
    else list("Undone", await migrateDown(databaseUrl, { count }));
  });
});

function list(word: string, names: readonly string[]): void {
  console.log(names.length === 0 ? "Nothing to do" : names.map((name) => `${word} ${name}`).join("\n"));
}

function report(states: Awaited<ReturnType<typeof migrationStatus>>): void {
  for (const { name, appliedAt } of states)
    console.log(`${appliedAt === null ? "pending                 " : appliedAt.toISOString()}  ${name}`);
}

async function withDatabase(stateDir: string, work: (databaseUrl: string) => Promise<void>): Promise<void> {
  const given = setting("DATABASE_URL") ?? setting("HOLDFAST_POSTGRES_URL");
  if (given !== undefined) return work(given);
  const lock = await lockState(stateDir).catch((error: unknown) => error as Error);
  if (lock instanceof Error) return work(await urlOfRunning(stateDir, lock));
  return withEmbedded(stateDir, { lock, work });
}

async function urlOfRunning(stateDir: string, inUse: Error): Promise<string> {
  const run = await readRun(stateDir);
  if (run === undefined) throw inUse;
  return run.database_url;
}

async function withEmbedded(
  stateDir: string,
  { lock, work }: { lock: StateLock; work: (databaseUrl: string) => Promise<void> },
): Promise<void> {
  try {
    const backend = await openPGlite(join(stateDir, "postgres"));
    await work(backend.wireUrl).finally(() => backend.close());
  } finally {
    lock.release();
  }
}
