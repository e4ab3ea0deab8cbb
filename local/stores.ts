/** The Postgres and Redis of a local cloud: each embedded by default, or a real server, behind its HTTP endpoint. */
import { join } from "node:path";
import type { LocalEndpoint } from "./http-endpoint.ts";
import { migrateUp } from "./migrations.ts";
import { openNeonEndpoint } from "./postgres/neon-endpoint.ts";
import { openPGlite } from "./postgres/pglite-backend.ts";
import { connectServer } from "./postgres/server-backend.ts";
import { connectRedis, openEmbeddedRedis } from "./redis/client-engine.ts";
import { openUpstashEndpoint } from "./redis/upstash-endpoint.ts";
import type { Settings } from "./state-directory.ts";

export interface StoreOptions {
  readonly stateDir: string;
  /** `postgres://...` of a real server; PGlite in `stateDir` when absent. */
  readonly postgresUrl?: string | undefined;
  /** `redis://...` of a real server; an engine in this process when absent. */
  readonly redisUrl?: string | undefined;
  /** The SQL files to apply; the project's own by default. */
  readonly migrationsDir?: string | undefined;
}

export interface Stores extends AsyncDisposable {
  /** The wire protocol's address, for migrations and tools; the Workers' DATABASE_URL too. */
  readonly databaseUrl: string;
  readonly postgres: LocalEndpoint;
  readonly redis: LocalEndpoint;
}

/** Opens both and applies the migrations. @throws When a server cannot be reached or a migration fails; nothing stays open. */
export async function openStores(options: StoreOptions, settings: Settings): Promise<Stores> {
  await using opened = new AsyncDisposableStack();
  const [database, engine] = await Promise.all([openDatabase(options, opened), openCache(options, opened)]);
  await migrateUp(database.wireUrl, { dir: options.migrationsDir });
  const postgres = opened.adopt(await openNeonEndpoint(database, { port: 0, connectionString: database.wireUrl }), (endpoint) =>
    endpoint.stop(),
  );
  const redis = opened.adopt(await openUpstashEndpoint(engine, { port: 0, token: settings.redis_token }), (endpoint) => endpoint.stop());
  const resources = opened.move();
  return { databaseUrl: database.wireUrl, postgres, redis, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function openDatabase({ postgresUrl, stateDir }: StoreOptions, opened: AsyncDisposableStack) {
  const database = await (postgresUrl === undefined ? openPGlite(join(stateDir, "postgres")) : connectServer(postgresUrl));
  return opened.adopt(database, (backend) => backend.close());
}

async function openCache({ redisUrl }: StoreOptions, opened: AsyncDisposableStack) {
  const engine = await (redisUrl === undefined ? openEmbeddedRedis() : connectRedis(redisUrl));
  return opened.adopt(engine, (open) => open.close());
}
