/** A PostgreSQL and a Redis of the proof's own, on free ports, to be killed with SIGKILL and started again on what they left. */
import type { ChildProcess } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import pg from "pg";
import { spawnTied } from "../../local/workers/lifeline.ts";
import { freePort } from "../shared/free-port.ts";
import { findPostgresBin, findProgram } from "../shared/installed-programs.ts";
import { makePostgresCluster } from "../shared/postgres-cluster.ts";
import { descendantsOf, killProcess, killTree } from "../shared/process-tree.ts";
import type { Random } from "../shared/random.ts";

/** How long a server may take until it answers, recovery included, ms. */
const readyDeadlineMs = 60_000;
const readyPollMs = 20;

/** A server that can be killed. */
export interface OwnServer {
  readonly url: string;
  /** Starts it and waits until it answers. Does nothing when it runs. */
  start(): Promise<void>;
  /** SIGKILL to all of its processes. */
  kill(): Promise<void>;
}

export interface OwnPostgres extends OwnServer {
  /** SIGKILL to one of its backends, after which it recovers by itself. @returns Whether there was one. */
  killBackend(random: Random): Promise<boolean>;
}

/** Where the binaries are; undefined when PostgreSQL or Redis is not installed. */
export function findServers(): { readonly postgresBin: string; readonly redisServer: string } | undefined {
  const [postgresBin, redisServer] = [findPostgresBin(), findProgram("redis-server")];
  return postgresBin === undefined || redisServer === undefined ? undefined : { postgresBin, redisServer };
}

/** @param dir Made, and left as it is when all is over. */
export async function ownPostgres(dir: string, bin: string): Promise<OwnPostgres> {
  const port = await freePort();
  const cluster = await makePostgresCluster({ dir, bin, user: "holdfast", initdb: [] });
  // Without fsync: what is killed is the server and not the machine, which keeps what was written.
  const command = [...cluster.command, "-h", "127.0.0.1", "-p", String(port), "-c", "fsync=off"];
  const url = `postgres://holdfast@127.0.0.1:${port}/postgres`;
  const server = ownServer({ command, dir, url, answers: postgresAnswers });
  return { ...server, killBackend: async (random) => killOne(await backendsOf(server.pid()), random) };
}

export async function ownRedis(dir: string, program: string): Promise<OwnServer> {
  const port = await freePort();
  await mkdir(dir, { recursive: true });
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, "--save", "", "--appendonly", "no"];
  return ownServer({ command: [program, ...args], dir, url: `redis://127.0.0.1:${port}`, answers: redisAnswers });
}

interface ServerOptions {
  readonly command: readonly string[];
  readonly dir: string;
  readonly url: string;
  readonly answers: (url: string) => Promise<void>;
}

function ownServer({ command, dir, url, answers }: ServerOptions) {
  let child: ChildProcess | undefined;
  const isRunning = (): boolean => child?.exitCode === null && child.signalCode === null;
  return {
    url,
    pid: () => child?.pid,
    async start() {
      const giveUpAt = Date.now() + readyDeadlineMs;
      for (;;) {
        // A server that finds its predecessor's shared memory still in use ends at once, and is started again.
        if (!isRunning()) child = spawnLogged(command, dir);
        const failure = await answers(url).then(
          () => undefined,
          (error: unknown) => String(error),
        );
        if (failure === undefined) return;
        if (Date.now() > giveUpAt) throw new Error(`${command.join(" ")} does not answer: ${failure}; see ${join(dir, "server.log")}`);
        await sleep(readyPollMs);
      }
    },
    async kill() {
      if (child?.pid !== undefined && isRunning()) await killTree(child.pid);
      child = undefined;
    },
  };
}

/** Ends with this process, however that ends. */
const spawnLogged = (command: readonly string[], dir: string): ChildProcess =>
  spawnTied(["sh", "-c", 'exec "$@" >>server.log 2>&1', "server", ...command], { cwd: dir, stdio: ["ignore", "inherit", "inherit"] });

async function backendsOf(postmaster: number | undefined): Promise<readonly number[]> {
  const below = postmaster === undefined ? [] : await descendantsOf(postmaster);
  return below.filter(({ command }) => command === "postgres").map(({ pid }) => pid);
}

function killOne(pids: readonly number[], random: Random): boolean {
  if (pids.length === 0) return false;
  killProcess(random.pick(pids));
  return true;
}

async function postgresAnswers(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function redisAnswers(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
