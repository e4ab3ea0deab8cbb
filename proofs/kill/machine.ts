/** One machine with everything on it: starts it, kills what it is told to, and brings it back on the same state. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ShopProcessOptions } from "../../local/fixtures/run-shop.ts";
import type { ShopAddress } from "../shared/cloud-process.ts";
import type { Random } from "../shared/random.ts";
import type { Kill, StoreKind } from "./plan-kills.ts";
import { findServers, ownPostgres, ownRedis, type OwnPostgres, type OwnServer } from "./servers.ts";
import { Shop } from "./shop.ts";

interface Servers {
  readonly postgres: OwnPostgres;
  readonly redis: OwnServer;
}

export interface MachineOptions {
  /** Everything is kept below it. */
  readonly dir: string;
  /** `auto`: servers where they are installed. */
  readonly stores: "auto" | StoreKind;
  readonly shop: ShopProcessOptions;
}

export class Machine {
  readonly stores: StoreKind;
  readonly stateDir: string;
  /** From each kill of the shop to its next healthy answer, ms. */
  readonly restartsMs: number[] = [];
  readonly #servers: Servers | undefined;
  readonly #shop: Shop;

  private constructor(stateDir: string, { servers, shop }: { servers: Servers | undefined; shop: Shop }) {
    this.stateDir = stateDir;
    this.stores = servers === undefined ? "embedded" : "servers";
    this.#servers = servers;
    this.#shop = shop;
  }

  /** @throws Error when servers are asked for and not installed, or something does not start; nothing is left running. */
  static async start({ dir, stores, shop: options }: MachineOptions): Promise<Machine> {
    const servers = stores === "embedded" ? undefined : await openServers(dir);
    if (stores === "servers" && servers === undefined) throw new Error("PostgreSQL or Redis is not installed");
    const urls = servers === undefined ? {} : { postgresUrl: servers.postgres.url, redisUrl: servers.redis.url };
    const stateDir = join(dir, "state");
    try {
      const shop = await Shop.start(stateDir, { ...options, ...urls, log: true, reuseBuild: true, errorLog: join(dir, "shop.log") });
      return new Machine(stateDir, { servers, shop });
    } catch (error) {
      await killServers(servers);
      throw error;
    }
  }

  get address(): ShopAddress {
    return this.#shop.address;
  }

  /** The Stripe-shaped server's, when that is who takes the money. */
  get ledgerPath(): string {
    return join(this.stateDir, "stripe.db");
  }

  get lostRuntimes(): number {
    return this.#shop.lostRuntimes;
  }

  fireCron(): Promise<void> {
    return this.#shop.call("fireCron");
  }

  orphans(): Promise<readonly number[]> {
    return this.#shop.orphans();
  }

  /**
   * Kills, and waits until all is back.
   *
   * @throws Error when a store that was killed has taken the shop's process with it: it is then not running.
   */
  async kill(kill: Kill, random: Random): Promise<void> {
    await this.#kill(kill, random);
    if (!this.#shop.isRunning) throw new Error(`The shop's process has not survived ${JSON.stringify(kill)}`);
  }

  /** SIGKILL to all that runs. May be called twice. */
  async stop(): Promise<void> {
    await this.#shop.kill("tree");
    await killServers(this.#servers);
  }

  #kill(kill: Kill, random: Random): Promise<void> {
    switch (kill.target) {
      case "workerd":
        return this.#timed(() => this.#shop.killRuntime(kill));
      case "cloud":
        return this.#timed(() => this.#killCloud(kill));
      case "postgres":
        if (kill.how === "endpoint") return this.#closeEndpoint("Postgres", kill.downMs);
        return kill.how === "backend" ? this.#killBackend(random) : restart(this.#servers?.postgres, kill.downMs);
      case "redis":
        return kill.how === "endpoint" ? this.#closeEndpoint("Redis", kill.downMs) : restart(this.#servers?.redis, kill.downMs);
    }
  }

  async #timed(run: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    await run();
    this.restartsMs.push(performance.now() - startedAt);
  }

  async #killCloud({ how, withServers, againAfterMs }: Extract<Kill, { target: "cloud" }>): Promise<void> {
    await Promise.all([this.#shop.kill(how), ...(withServers ? [killServers(this.#servers)] : [])]);
    await startServers(this.#servers);
    await this.#shop.restart(againAfterMs);
  }

  async #killBackend(random: Random): Promise<void> {
    await this.#servers?.postgres.killBackend(random);
    await this.#servers?.postgres.start();
  }

  async #closeEndpoint(store: "Postgres" | "Redis", downMs: number): Promise<void> {
    await this.#shop.call(`stop${store}`);
    await sleep(downMs);
    await this.#shop.call(`start${store}`);
  }
}

async function openServers(dir: string): Promise<Servers | undefined> {
  const found = findServers();
  if (found === undefined) return undefined;
  const postgres = await ownPostgres(join(dir, "postgres"), found.postgresBin);
  const redis = await ownRedis(join(dir, "redis"), found.redisServer);
  await startServers({ postgres, redis });
  return { postgres, redis };
}

const startServers = (servers: Servers | undefined): Promise<unknown> => Promise.all([servers?.postgres.start(), servers?.redis.start()]);
const killServers = (servers: Servers | undefined): Promise<unknown> => Promise.all([servers?.postgres.kill(), servers?.redis.kill()]);

async function restart(server: OwnServer | undefined, downMs: number): Promise<void> {
  if (server === undefined) throw new Error("There is no server of our own to kill");
  await server.kill();
  await sleep(downMs);
  await server.start();
}
