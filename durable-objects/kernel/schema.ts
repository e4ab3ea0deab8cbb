/**
 * Versioned schema of an actor's SQLite. Nothing is written until the first `ensure`, so an actor that is only asked for
 * something that does not exist leaves nothing behind.
 */
export class ActorSchema {
  readonly #storage: DurableObjectStorage;
  readonly #versions: readonly string[];
  #current: number;

  /** @param versions `versions[i]` is the SQL that takes version i to version i + 1. Never changed once shipped. */
  constructor(storage: DurableObjectStorage, versions: readonly string[]) {
    this.#storage = storage;
    this.#versions = versions;
    this.#current = storedVersion(storage.sql);
    if (this.#current > 0) this.ensure();
  }

  /** Whether there are tables to read from. */
  get exists(): boolean {
    return this.#current > 0;
  }

  /** Brings the tables to the newest version, in one transaction. Call before any write. */
  ensure(): void {
    // A newer schema than this code knows: an older release runs again, and leaves the tables and their version alone.
    if (this.#current >= this.#versions.length) return;
    this.#storage.transactionSync(() => {
      for (const statements of this.#versions.slice(this.#current)) this.#storage.sql.exec(statements);
      this.#storage.sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
      this.#storage.sql.exec("DELETE FROM schema_version");
      this.#storage.sql.exec("INSERT INTO schema_version (version) VALUES (?)", this.#versions.length);
    });
    this.#current = this.#versions.length;
  }
}

function storedVersion(sql: SqlStorage): number {
  const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'").toArray();
  if (tables.length === 0) return 0;
  return Number(sql.exec("SELECT version FROM schema_version").one()["version"]);
}
