/**
 * The one-machine cloud: Postgres, Redis, QStash, every Worker. `npm start` and the integration tests both start it here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { workerConfigs } from "./project.ts";
import { seedCatalogue } from "./seed.ts";
import { applySchedules } from "./qstash/schedules.ts";
import { lockState, openSettings, removeRun, writeCredentials, writeRun, type Credentials, type Settings } from "./state-directory.ts";
import type { StripeServer } from "./stripe/server.ts";
import { openStores, type StoreOptions, type Stores } from "./stores.ts";
import { workerBindings } from "./worker-bindings.ts";
import type { Arrangement } from "./workers/arrangement.ts";
import { startFleet, type Fleet } from "./workers/fleet.ts";

/** How long the Workers may take until `/health` is 200, ms. */
const healthDeadlineMs = 30_000;
const healthPollMs = 50;

export interface CloudOptions extends StoreOptions {
  /** Laid over the Workers' own vars and over the local ones, such as `{ DUPLICATE_POLICY: "reject" }`. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
  /** Every line on the Workers' consoles, as it was written: one JSON object, or what the runtime itself says. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Put the demonstration catalogue in. Default: no. */
  readonly seed?: boolean | undefined;
  /** Have QStash start what it starts in a deployment (`npm run schedules`). Default: no. */
  readonly schedules?: boolean | undefined;
  /** Wrangler configs, the public Worker's first; the project's own by default. */
  readonly configs?: readonly string[] | undefined;
  /** Run the bundles of the last start on this `stateDir` again (saves half of a start), whatever has become of the code. Default: no. */
  readonly reuseBuild?: boolean | undefined;
  /** Which workerd processes there are (`arrangement.ts`). Default: what hosts the objects does nothing else. */
  readonly arrangement?: Arrangement | undefined;
}

export interface Cloud {
  /** Of the gateway, without a slash at the end. */
  readonly baseUrl: string;
  readonly customerKey: string;
  readonly operatorKey: string;
  /** Postgres over its wire protocol (`pg`, psql). Also the connection string for `neon()`, with `databaseFetchEndpoint`. */
  readonly databaseUrl: string;
  /** `neonConfig.fetchEndpoint` for this cloud's Postgres. */
  readonly databaseFetchEndpoint: string;
  readonly redisUrl: string;
  readonly redisToken: string;
  /** The endpoint goes away: connections are refused. `start...` brings it back on the same port, with all it had. */
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  /** The endpoint takes requests and does not answer them until `start...`. */
  pausePostgres(): void;
  stopRedis(): Promise<void>;
  startRedis(): Promise<void>;
  pauseRedis(): void;
  /** QStash, as the Workers and `@upstash/qstash` reach it. Messages to `publicBaseUrl` come to the gateway. */
  readonly qstash: { readonly url: string; readonly token: string; readonly publicBaseUrl: string };
  /** QStash goes away, and delivers nothing meanwhile. `startQstash` brings it back, with all it had. */
  stopQstash(): Promise<void>;
  startQstash(): Promise<void>;
  pauseQstash(): void;
  /** Has QStash start what is on its schedules once, now, and waits for it. @returns How many schedules there are. */
  fireSchedules(): Promise<number>;
  /** The Stripe that takes the money, with `payment: "stripe"`: its `ledger()` says what was truly taken, its `tricks` what goes wrong. */
  readonly stripe: Pick<StripeServer, "url" | "secretKey" | "webhookSecret" | "ledger" | "tricks" | "start" | "stop" | "pause"> | undefined;
  /** Fires every cron trigger once and waits for it. @returns How many there are. */
  fireCron(): Promise<number>;
  /** Puts a message into a queue, as a Worker that produces for it would; one that is not what its consumer expects, too. */
  sendToQueue(queue: string, message: unknown): Promise<void>;
  /** Stops everything; what was acknowledged is in `stateDir`. May be called twice. */
  stop(): Promise<void>;
}

/**
 * @throws Error when `stateDir` is in use or was made with another placement or payment provider, the port is taken, a server
 * cannot be reached, a migration fails, a Worker does not bundle, or the gateway is not healthy in time. Whatever had been
 * started is stopped.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  await using started = new AsyncDisposableStack();
  const lock = await lockState(options.stateDir);
  started.defer(() => lock.release());
  const settings = await openSettings(options.stateDir, { vars: options.vars ?? {}, payment: options.payment });
  const stores = started.use(await openStores(options, settings));
  const fleet = started.adopt(await startWorkers(options, { settings, stores }), (running) => running.stop());
  await waitUntilHealthy(fleet.baseUrl);
  if (options.seed === true) await seedCatalogue(fleet.baseUrl, settings.operator_key);
  await openDeliveries(stores, { baseUrl: fleet.baseUrl, schedules: options.schedules === true });
  // Before the Workers go: a delivery that finds them gone would count as a try.
  started.defer(() => stores.qstash.stop());
  await announce(options.stateDir, { settings, stores, baseUrl: fleet.baseUrl });
  started.defer(() => removeRun(options.stateDir));
  return describeCloud({ settings, stores, fleet, resources: started.move() });
}

function startWorkers(options: CloudOptions, { settings, stores }: { settings: Settings; stores: Stores }): Promise<Fleet> {
  return startFleet({
    configs: options.configs ?? workerConfigs,
    stateDir: options.stateDir,
    port: options.port ?? 0,
    bindings: { ...workerBindings(settings, stores), ...options.vars },
    onLog: options.onLog ?? (() => undefined),
    reuseBuild: options.reuseBuild,
    arrangement: options.arrangement,
  });
}

/** From now on QStash delivers: what it has kept, and what is on its schedules; and Stripe its webhooks. */
export async function openDeliveries(stores: Stores, { baseUrl, schedules }: { baseUrl: string; schedules: boolean }): Promise<void> {
  const { qstash, publicAddress, stripe } = stores;
  publicAddress.leadTo(baseUrl);
  qstash.deliver();
  stripe?.sendWebhooksTo(`${baseUrl}/webhooks/stripe`);
  if (schedules) await applySchedules({ url: qstash.url, token: qstash.token, publicBaseUrl: publicAddress.url });
}

/** Waits for `GET /health` to be 200. @throws Error with the last answer when it is not, in time. */
export async function waitUntilHealthy(baseUrl: string): Promise<void> {
  const giveUpAt = Date.now() + healthDeadlineMs;
  for (;;) {
    const answer = await fetch(`${baseUrl}/health`).then(
      async (response) => (response.ok ? undefined : `${response.status} ${await response.text()}`),
      (error: unknown) => String(error),
    );
    if (answer === undefined) return;
    if (Date.now() > giveUpAt) throw new Error(`${baseUrl}/health is not healthy after ${healthDeadlineMs} ms: ${answer}`);
    await sleep(healthPollMs);
  }
}

/** A cloud whose Workers answer at `baseUrl`. */
export interface Running {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly baseUrl: string;
}

/** Leaves the files that other commands and people read. @returns What `credentials.json` holds. */
export async function announce(stateDir: string, { settings, stores, baseUrl }: Running): Promise<Credentials> {
  const credentials = { base_url: baseUrl, customer_key: settings.customer_key, operator_key: settings.operator_key };
  await writeRun(stateDir, { pid: process.pid, base_url: baseUrl, database_url: stores.databaseUrl });
  await writeCredentials(stateDir, credentials);
  return credentials;
}

function describeCloud({
  settings,
  stores,
  fleet,
  resources,
}: Omit<Running, "baseUrl"> & { fleet: Fleet; resources: AsyncDisposableStack }): Cloud {
  const { postgres, redis, qstash } = stores;
  return {
    baseUrl: fleet.baseUrl,
    customerKey: settings.customer_key,
    operatorKey: settings.operator_key,
    databaseUrl: stores.databaseUrl,
    databaseFetchEndpoint: `${postgres.url}/sql`,
    redisUrl: redis.url,
    redisToken: settings.redis_token,
    stopPostgres: () => postgres.stop(),
    startPostgres: () => postgres.start(),
    pausePostgres: () => postgres.pause(),
    stopRedis: () => redis.stop(),
    startRedis: () => redis.start(),
    pauseRedis: () => redis.pause(),
    qstash: { url: qstash.url, token: qstash.token, publicBaseUrl: stores.publicAddress.url },
    stopQstash: () => qstash.stop(),
    startQstash: () => qstash.start(),
    pauseQstash: () => qstash.pause(),
    stripe: stores.stripe,
    fireSchedules: () => qstash.fireSchedules(),
    fireCron: () => fleet.fireCron(),
    sendToQueue: (queue, message) => fleet.sendToQueue(queue, message),
    stop: () => resources.disposeAsync(),
  };
}
