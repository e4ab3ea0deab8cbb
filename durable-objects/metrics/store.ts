import { z } from "zod";
import type { LedgerState, Source } from "./ledger.ts";
import type { Sample } from "./sample.ts";

const sampleRow = z
  .object({
    name: z.string(),
    labels: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.record(z.string(), z.string())),
    source: z.string(),
    value: z.number(),
    buckets: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.array(z.number()))
      .nullable(),
    at_ms: z.number(),
  })
  .transform(({ at_ms: atMs, ...sample }): Sample => ({ ...sample, atMs }));

const sourceRow = z
  .object({ source: z.string(), sequence: z.number(), at_ms: z.number() })
  .transform(({ at_ms: atMs, ...source }): Source => ({ ...source, atMs }));

/** The ledger's rows. Labels are stored as the ledger has them, in declared order, so equal label sets have equal texts. */
export class MetricsStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS samples (
        name TEXT NOT NULL, labels TEXT NOT NULL, source TEXT NOT NULL, value REAL NOT NULL, buckets TEXT, at_ms INTEGER NOT NULL,
        PRIMARY KEY (name, labels, source)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    `);
  }

  load(): LedgerState {
    const { sql } = this.#storage;
    return {
      samples: sql
        .exec("SELECT name, labels, source, value, buckets, at_ms FROM samples")
        .toArray()
        .map((row) => sampleRow.parse(row)),
      sources: sql
        .exec("SELECT source, sequence, at_ms FROM sources")
        .toArray()
        .map((row) => sourceRow.parse(row)),
    };
  }

  /** All of it or none: a sum that is stored without its flush's number would be added twice. */
  save({ changed, forgotten }: { readonly changed: LedgerState; readonly forgotten: LedgerState }): void {
    this.#storage.transactionSync(() => {
      for (const sample of changed.samples) this.#saveSample(sample);
      for (const source of changed.sources) this.#saveSource(source);
      for (const sample of forgotten.samples) this.#deleteSample(sample);
      for (const source of forgotten.sources) this.#storage.sql.exec("DELETE FROM sources WHERE source = ?", source.source);
    });
  }

  #saveSample({ name, labels, source, value, buckets, atMs }: Sample): void {
    this.#storage.sql.exec(
      `INSERT INTO samples (name, labels, source, value, buckets, at_ms) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, buckets = excluded.buckets, at_ms = excluded.at_ms`,
      ...[name, JSON.stringify(labels), source, value, buckets && JSON.stringify(buckets), atMs],
    );
  }

  #saveSource({ source, sequence, atMs }: Source): void {
    this.#storage.sql.exec(
      `INSERT INTO sources (source, sequence, at_ms) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence, at_ms = excluded.at_ms`,
      ...[source, sequence, atMs],
    );
  }

  #deleteSample({ name, labels, source }: Sample): void {
    this.#storage.sql.exec("DELETE FROM samples WHERE name = ? AND labels = ? AND source = ?", name, JSON.stringify(labels), source);
  }
}
