/** Postgres over HTTP: the one way Workers speak to the durable records. */
import { neon, neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { Chaos } from "../chaos/chaos.ts";
import { chaosOption, chaoticFetch } from "../chaos/chaotic-fetch.ts";
import type { DependencyHealth } from "../contracts/health.ts";
import { describeError } from "../errors/operating-error.ts";

export type Database = NeonHttpDatabase;

export interface DatabaseOptions {
  /** `postgres://user:password@host/database`. */
  readonly databaseUrl: string;
  /** Where the HTTP goes when it is not Neon's own endpoint for the host. The driver keeps it for the whole isolate. */
  readonly databaseFetchEndpoint?: string | undefined;
  /** How long one query or batch may take, answer included, ms. Default 2,000. */
  readonly queryTimeoutMs?: number;
  /** Only with CHAOS=on: what meets each query on its way. */
  readonly chaos?: Chaos | undefined;
}

const clients = new Map<string, Database>();

/** The isolate's client for this database; it holds no connection, so every request may use the same one. */
export function createDatabase(options: DatabaseOptions): Database {
  if (options.chaos !== undefined) return connect(options);
  const key = JSON.stringify([options.databaseUrl, options.databaseFetchEndpoint, options.queryTimeoutMs]);
  const known = clients.get(key);
  if (known !== undefined) return known;
  const created = connect(options);
  clients.set(key, created);
  return created;
}

function connect({ databaseUrl, databaseFetchEndpoint, queryTimeoutMs = 2_000, chaos }: DatabaseOptions): Database {
  if (databaseFetchEndpoint !== undefined) neonConfig.fetchEndpoint = databaseFetchEndpoint;
  if (chaos !== undefined) neonConfig.fetchFunction ??= chaoticFetch((url, init) => fetch(url, init));
  // The driver spreads these into each fetch, which reads the getter: every query gets a clock of its own.
  const fetchOptions = {
    get signal() {
      return AbortSignal.timeout(queryTimeoutMs);
    },
    ...(chaos !== undefined && { [chaosOption]: chaos }),
  };
  return drizzle(neon(databaseUrl, { fetchOptions }));
}

/** One round trip to the database, as `/health` shows it. Never throws. */
export async function checkDatabase(db: Database): Promise<DependencyHealth> {
  const startedMs = Date.now();
  try {
    await db.execute(sql`select 1`);
    return { status: "up", latency_ms: Date.now() - startedMs };
  } catch (error) {
    return { status: "down", latency_ms: Date.now() - startedMs, detail: describeError(error) };
  }
}

/**
 * True when the same statement with the same values fails every time: Postgres refused a value (SQLSTATE class 22), a
 * constraint (23), a size (54), or two rows of one key (21). https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isRefusedByDatabase(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && /^(21|22|23|54)[0-9A-Z]{3}$/.test(cause.code)) return true;
  }
  return false;
}
