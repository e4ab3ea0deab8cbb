/** The Postgres, Redis and QStash of a local cloud: the first two embedded by default, or a real server, behind its HTTP endpoint. */
import { join } from "node:path";
import type { LocalEndpoint } from "./http-endpoint.ts";
import { migrateUp } from "./migrations.ts";
import { openNeonEndpoint } from "./postgres/neon-endpoint.ts";
import { openPGlite } from "./postgres/pglite-backend.ts";
import { connectServer } from "./postgres/server-backend.ts";
import { openQstash, type LocalQstash } from "./qstash/open-qstash.ts";
import { publicAddress, type PublicAddress } from "./qstash/public-address.ts";
import { connectRedis, openEmbeddedRedis } from "./redis/client-engine.ts";
import { openUpstashEndpoint } from "./redis/upstash-endpoint.ts";
import type { Settings } from "./state-directory.ts";
import { openStripeServer, type StripeServer, type StripeServerOptions } from "./stripe/server.ts";

export interface StoreOptions {
  readonly stateDir: string;
  /** `postgres://...` of a real server; PGlite in `stateDir` when absent. */
  readonly postgresUrl?: string | undefined;
  /** `redis://...` of a real server; an engine in this process when absent. */
  readonly redisUrl?: string | undefined;
  /** Port of the gateway on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Who takes the money: `simulated`, the default, or a Stripe in this process, its ledger in `stateDir`. A `stateDir` keeps to one. */
  readonly payment?: "simulated" | "stripe" | undefined;
  /** How that Stripe behaves. */
  readonly stripe?: Omit<StripeServerOptions, "path" | "port"> | undefined;
  /** The SQL files to apply; the project's own by default. */
  readonly migrationsDir?: string | undefined;
}

export interface Stores extends AsyncDisposable {
  /** The wire protocol's address, for migrations and tools; the Workers' DATABASE_URL too. */
  readonly databaseUrl: string;
  readonly postgres: LocalEndpoint;
  readonly redis: LocalEndpoint;
  readonly qstash: LocalQstash;
  /** undefined unless `payment` is `stripe`. */
  readonly stripe: StripeServer | undefined;
  /** Where QStash finds the gateway. */
  readonly publicAddress: PublicAddress;
}

/** Opens all and applies the migrations. @throws When a server cannot be reached or a migration fails; nothing stays open. */
export async function openStores(options: StoreOptions, settings: Settings): Promise<Stores> {
  await using opened = new AsyncDisposableStack();
  const [database, engine] = await Promise.all([openDatabase(options, opened), openCache(options, opened)]);
  await migrateUp(database.wireUrl, { dir: options.migrationsDir });
  const postgres = opened.adopt(await openNeonEndpoint(database, { port: 0, connectionString: database.wireUrl }), (endpoint) =>
    endpoint.stop(),
  );
  const redis = opened.adopt(await openUpstashEndpoint(engine, { port: 0, token: settings.redis_token }), (endpoint) => endpoint.stop());
  const address = publicAddress(options.port ?? 0);
  const qstash = opened.adopt(await openQstash({ path: join(options.stateDir, "qstash.db"), port: 0, send: address.send }), (open) =>
    open.close(),
  );
  const stripe = opened.use(await openPayment(options));
  const resources = opened.move();
  return {
    databaseUrl: database.wireUrl,
    postgres,
    redis,
    qstash,
    stripe,
    publicAddress: address,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function openDatabase({ postgresUrl, stateDir }: StoreOptions, opened: AsyncDisposableStack) {
  const database = await (postgresUrl === undefined ? openPGlite(join(stateDir, "postgres")) : connectServer(postgresUrl));
  return opened.adopt(database, (backend) => backend.close());
}

async function openCache({ redisUrl }: StoreOptions, opened: AsyncDisposableStack) {
  const engine = await (redisUrl === undefined ? openEmbeddedRedis() : connectRedis(redisUrl));
  return opened.adopt(engine, (open) => open.close());
}

async function openPayment({ payment, stripe, stateDir }: StoreOptions): Promise<StripeServer | undefined> {
  return payment === "stripe" ? await openStripeServer({ ...stripe, path: join(stateDir, "stripe.db") }) : undefined;
}
