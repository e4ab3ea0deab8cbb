/**
 * Versioned schema of an actor's SQLite. Nothing is written until the first `ensure`, so an actor that is only asked for
 * something that does not exist leaves nothing behind.
 */
export interface ActorTables {
  /** The newest tables: most objects are made with them, and an object for each order cannot afford to grow up first. */
  readonly newest: string;
  /** `upgrades[i]` takes version i + 1 to i + 2, ending with the same tables. Never changed once shipped. */
  readonly upgrades: readonly string[];
}

export class ActorSchema {
  readonly #storage: DurableObjectStorage;
  readonly #tables: ActorTables;
  #current: number;

  constructor(storage: DurableObjectStorage, tables: ActorTables) {
    this.#storage = storage;
    this.#tables = tables;
    this.#current = storedVersion(storage.sql);
    if (this.#current > 0) this.ensure();
  }

  /** Whether there are tables to read from. */
  get exists(): boolean {
    return this.#current > 0;
  }

  /** Brings the tables to the newest version, in one transaction. Call before any write. */
  ensure(): void {
    const { newest, upgrades } = this.#tables;
    const version = upgrades.length + 1;
    // A newer schema than this code knows: an older release runs again, and leaves the tables and their version alone.
    if (this.#current >= version) return;
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      if (this.#current === 0) {
        sql.exec(`${newest}\nCREATE TABLE schema_version (version INTEGER NOT NULL);`);
        sql.exec("INSERT INTO schema_version (version) VALUES (?)", version);
      } else {
        for (const statements of upgrades.slice(this.#current - 1)) sql.exec(statements);
        sql.exec("UPDATE schema_version SET version = ?", version);
      }
    });
    this.#current = version;
  }
}

function storedVersion(sql: SqlStorage): number {
  const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'").toArray();
  if (tables.length === 0) return 0;
  return Number(sql.exec("SELECT version FROM schema_version").one()["version"]);
}
