/** The one interface between the Upstash-shaped endpoint and what keeps the keys: an engine in this process, or a redis-server. */

export interface RedisEngine {
  /** Runs one command, its name first. @throws RedisError when it is refused. */
  run(command: readonly string[]): Promise<RedisReply>;
  /** All of them, nothing of anybody else's between. @throws RedisError when one of them cannot even be queued. */
  transaction(commands: readonly (readonly string[])[]): Promise<readonly (RedisReply | RedisError)[]>;
  close(): Promise<void>;
}

export type RedisReply = string | number | null | readonly RedisReply[];

/** Redis has refused a command; the message begins with its word for it, such as WRONGTYPE. */
export class RedisError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RedisError";
  }
}

/**
 * A client's reply as the protocol had it: clients make objects of hashes, and Lua's false is a null.
 */
export function asReply(value: unknown): RedisReply {
  if (value === null || value === undefined || value === false) return null;
  if (value === true) return 1;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  if (Array.isArray(value)) return value.map(asReply);
  return Object.entries(value).flatMap(([name, member]): RedisReply[] => [name, asReply(member)]);
}
