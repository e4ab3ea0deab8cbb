/** A redis-server, or the in-process engine, through the one client interface that both have (ioredis). */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { asReply, RedisError, type RedisEngine, type RedisReply } from "./engine.ts";

/** An engine in this process: nothing to install, and nothing is kept when it ends, as befits a cache. */
export function openEmbeddedRedis(): RedisEngine {
  // Instances of one host share their keys; a host of its own keeps two clouds in one process apart.
  return engineOf(new RedisMock({ host: randomUUID() }), withCapitals);
}

/** @throws When the server cannot be reached: now, and not at the first request. */
export async function connectRedis(url: string): Promise<RedisEngine> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  // A lost connection is made again by the client, and the command that was under way says so to its caller.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    client.disconnect();
    throw new Error(`Redis at ${url.replace(/\/\/.*@/, "//")} cannot be used: ${String(cause)}`, { cause });
  }
  return engineOf(client);
}

/** Where a command's options begin, counted with its name. Before them stand keys and values, which are anybody's text. */
const optionsFrom: Readonly<Record<string, number>> = {
  set: 3,
  getex: 2,
  expire: 3,
  pexpire: 3,
  zadd: 2,
  zrange: 4,
  zrangebyscore: 4,
  zrevrangebyscore: 4,
  scan: 2,
  hscan: 3,
  sscan: 3,
  zscan: 3,
};
const optionWord = /^(ex|px|exat|pxat|nx|xx|get|keepttl|persist|gt|lt|ch|incr|match|count|type|withscores|limit|byscore|bylex|rev)$/i;

/** Redis takes `ex` for `EX`; the embedded engine does not, and `@upstash/redis` writes small letters. */
function withCapitals(command: readonly string[]): readonly string[] {
  const from = optionsFrom[(command[0] ?? "").toLowerCase()] ?? command.length;
  return command.map((word, index) => (index >= from && optionWord.test(word) ? word.toUpperCase() : word));
}

/** They would change or hold the one connection that everybody shares; Upstash refuses them over REST as well. */
const forbidden = new Set([
  "multi",
  "exec",
  "discard",
  "watch",
  "unwatch",
  "subscribe",
  "psubscribe",
  "ssubscribe",
  "monitor",
  "quit",
  "shutdown",
  "select",
  "client",
  "reset",
]);
const known = new Set(new Redis({ lazyConnect: true }).getBuiltinCommands());

type Method = (...args: readonly string[]) => Promise<unknown>;

function engineOf(client: Redis, prepare: (command: readonly string[]) => readonly string[] = (command) => command): RedisEngine {
  const methods = client as unknown as Record<string, Method | undefined>;
  const methodFor = (command: readonly string[]): string => {
    const name = (command[0] ?? "").toLowerCase();
    if (!known.has(name) || forbidden.has(name) || !(name in client))
      throw new RedisError(`ERR unknown command '${name}', or it is not available here`);
    return name;
  };
  return {
    async run(given) {
      const command = prepare(given);
      return asReply(await methods[methodFor(command)]?.(...command.slice(1)).catch(refuse));
    },
    async transaction(commands) {
      const pipeline = client.multi(commands.map(prepare).map((command) => [methodFor(command), ...command.slice(1)]));
      const replies = (await pipeline.exec().catch(refuse)) ?? [];
      return replies.map(([error, reply]): RedisReply | RedisError => (error === null ? asReply(reply) : new RedisError(error.message)));
    },
    async close() {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

function refuse(error: unknown): never {
  throw error instanceof Error && isReplyError(error) ? new RedisError(error.message) : error;
}

/** The server's own refusals begin with a word in capitals; a lost connection does not. */
const isReplyError = (error: Error): boolean => error.name === "ReplyError" || /^[A-Z]{3,} /.test(error.message);
