/** The chaos actor's one table. */
import { z } from "zod";
import type { ActorTables } from "../kernel/schema.ts";
import { chaosServices, gremlinKinds, type Gremlin } from "../../shared/contracts/chaos.ts";

export const chaosSchema: ActorTables = {
  newest: `CREATE TABLE gremlins (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL, enabled INTEGER NOT NULL,
    delay_ms INTEGER, probability REAL NOT NULL, seed INTEGER NOT NULL, times INTEGER, seen INTEGER NOT NULL, fired INTEGER NOT NULL,
    UNIQUE (service, kind, operation)
  ) STRICT;`,
  upgrades: [],
};

export interface StoredGremlin extends Gremlin {
  readonly id: number;
}

const rowSchema = z
  .object({
    id: z.number(),
    kind: z.enum(gremlinKinds),
    service: z.enum(chaosServices),
    operation: z.string(),
    enabled: z.number(),
    delay_ms: z.number().nullable(),
    probability: z.number(),
    seed: z.number(),
    times: z.number().nullable(),
    seen: z.number(),
    fired: z.number(),
  })
  .transform(({ operation, enabled, delay_ms: delayMs, ...row }): StoredGremlin => ({
    ...row,
    operation: operation === everyOperation ? null : operation,
    enabled: enabled === 1,
    delayMs,
  }));

/** Not NULL, which is never equal to itself and so never unique. */
const everyOperation = "";

export class ChaosStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** In the order in which they were first put. */
  all(): readonly StoredGremlin[] {
    return this.#sql
      .exec("SELECT * FROM gremlins ORDER BY id")
      .toArray()
      .map((row) => rowSchema.parse(row));
  }

  put(gremlin: Gremlin): void {
    const { service, kind, operation, enabled, delayMs, probability, seed, times, seen, fired } = gremlin;
    this.#sql.exec(
      `INSERT INTO gremlins (service, kind, operation, enabled, delay_ms, probability, seed, times, seen, fired)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (service, kind, operation) DO UPDATE SET enabled = excluded.enabled, delay_ms = excluded.delay_ms,
         probability = excluded.probability, seed = excluded.seed, times = excluded.times, seen = excluded.seen, fired = excluded.fired`,
      ...[service, kind, operation ?? everyOperation, enabled ? 1 : 0, delayMs, probability, seed, times, seen, fired],
    );
  }

  clear(): void {
    this.#sql.exec("DELETE FROM gremlins");
  }
}
