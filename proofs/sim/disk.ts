/**
 * An actor's storage for the simulator: real SQLite in memory, which outlives the actors that use it. A connection belongs
 * to one life of the actor; when that life is over everything it does with it throws, as after a `kill -9`.
 */
import type { ActorTables } from "../../durable-objects/kernel/schema.ts";
import { orderSchema } from "../../durable-objects/order/schema.ts";
import { stockSchema } from "../../durable-objects/stock/schema.ts";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** The moments around a commit at which a process may die. */
export type CommitMoment = "before commit" | "after commit";

export class Crash extends Error {
  override readonly name = "Crash";
}

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Map<string, StatementSync>;
}

/** Whose tables they are. */
export type DiskKind = keyof typeof schemas;
const schemas = { order: orderSchema, stock: stockSchema } as const;

/** Databases of runs that are over, emptied, by kind: making tables and statements anew for each run costs more than the run. */
const used: Record<DiskKind, Connection[]> = { order: [], stock: [] };

export class Disk {
  readonly #kind: DiskKind;
  readonly #isFresh: boolean;
  readonly #database: DatabaseSync;
  readonly #statements: Map<string, StatementSync>;
  readonly #tables = new Set<string>();
  alarmAtMs: number | null = null;
  commits = 0;
  /** Transactions of their own that are on disk, and whose callers have not heard of it yet. */
  unheard = 0;
  /** Called when an alarm is set, or taken back with its transaction (null: there was none before); the platform. */
  onAlarm: (atMs: number | null) => void = () => undefined;
  /** Called after every commit, before anything else can happen. */
  onCommit: () => void = () => undefined;

  /** @param fresh Without tables: the actor makes them. Otherwise with empty ones, as those of an actor that was asked for something once. */
  constructor(kind: DiskKind, fresh: boolean) {
    this.#kind = kind;
    this.#isFresh = fresh;
    const connection = fresh ? connect() : (used[kind].pop() ?? withTables(connect(), schemas[kind]));
    this.#database = connection.database;
    this.#statements = connection.statements;
  }

  /** The storage of one life of the actor. */
  connect(life: Life): DurableObjectStorage {
    const sql = { exec: (query: string, ...bindings: SQLInputValue[]) => (life.assertAlive(), this.#exec(query, bindings)) };
    const storage = {
      sql,
      transactionSync: <Result>(work: () => Result): Result => (life.assertAlive(), this.#transaction(work, life)),
      transaction: <Result>(work: TransactionWork<Result>): Promise<Result> => this.#ownTransaction(work, life),
      getAlarm: () => Promise.resolve(this.alarmAtMs),
      setAlarm: (atMs: number) => {
        life.assertAlive();
        this.alarmAtMs = atMs;
        this.onAlarm(atMs);
        return Promise.resolve();
      },
    };
    return storage as unknown as DurableObjectStorage;
  }

  /** The run is over; the tables are emptied for another one. */
  close(): void {
    if (this.#isFresh) return this.#database.close();
    const tables = this.#exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version'", []).toArray();
    for (const { name } of tables) this.#exec(`DELETE FROM ${String(name)}`, []);
    used[this.#kind].push({ database: this.#database, statements: this.#statements });
  }

  /** What a transaction that is under way would find, and everybody after it. */
  read(query: string): readonly Record<string, unknown>[] {
    return this.#exec(query, []).toArray();
  }

  /** Nothing waits for a consumer, and no shard for its root. */
  isQuiet(): boolean {
    if (!this.hasTable("outbox")) return true;
    if (this.#exec("SELECT count(*) AS rows FROM outbox", []).one()["rows"] !== 0) return false;
    return !this.hasTable("ledgers") || this.read("SELECT 1 FROM ledgers WHERE upkeep_at_ms IS NOT NULL LIMIT 1").length === 0;
  }

  /** The actor may not have made its tables yet; once there, a table stays. */
  hasTable(name: string): boolean {
    if (!this.#tables.has(name) && this.#exec("SELECT 1 FROM sqlite_master WHERE name = ?", [name]).toArray().length > 0)
      this.#tables.add(name);
    return this.#tables.has(name);
  }

  #exec(query: string, bindings: readonly SQLInputValue[]) {
    if (bindings.length === 0 && query.includes(";\n")) {
      this.#database.exec(query);
      return cursor([]);
    }
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.#database.prepare(query)));
    return cursor(statement.all(...bindings));
  }

  #transaction<Result>(work: () => Result, life: Life): Result {
    const alarmBefore = this.alarmAtMs;
    this.#database.exec("BEGIN");
    try {
      const result = work();
      life.mayCrash("before commit");
      life.mayRefuse();
      this.#database.exec("COMMIT");
      this.commits += 1;
      this.onCommit();
      life.mayCrash("after commit");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#rollBack(alarmBefore);
      throw error;
    }
  }

  /** In a later turn; and in a later one than the commit its caller goes on. */
  async #ownTransaction<Result>(work: TransactionWork<Result>, life: Life): Promise<Result> {
    await laterTurn();
    life.assertAlive();
    const outcome = this.#beginOwn(work, life);
    // Whoever waits for it hears of it below.
    outcome.catch(() => undefined);
    this.unheard += 1;
    await laterTurn();
    this.unheard -= 1;
    life.assertAlive();
    return outcome;
  }

  #beginOwn<Result>(work: TransactionWork<Result>, life: Life): Promise<Result> {
    try {
      return this.#transaction(() => {
        const taken = { back: false };
        const outcome = work({ rollback: () => (taken.back = true) });
        if (taken.back) throw new TakenBack(outcome);
        return outcome;
      }, life);
    } catch (error) {
      if (error instanceof TakenBack) return error.outcome as Promise<Result>;
      throw error;
    }
  }

  #rollBack(alarmBefore: number | null): void {
    this.#database.exec("ROLLBACK");
    this.alarmAtMs = alarmBefore;
    this.onAlarm(alarmBefore);
  }
}

type TransactionWork<Result> = (transaction: { rollback(): void }) => Promise<Result>;

/** Whoever began the transaction has taken it back. */
class TakenBack extends Error {
  readonly outcome: Promise<unknown>;

  constructor(outcome: Promise<unknown>) {
    super("taken back");
    this.outcome = outcome;
  }
}

/** In the next turn, or at most 20 ms from now. What else comes in that time comes before, or not: the seed decides. */
const laterTurn = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() < 0.5 ? 0 : Math.floor(20 * Math.random() ** 3)));

const connect = (): Connection => ({ database: new DatabaseSync(":memory:"), statements: new Map<string, StatementSync>() });

/** As `ActorSchema` makes them. */
function withTables(connection: Connection, { newest, upgrades }: ActorTables): Connection {
  connection.database.exec(newest);
  connection.database.exec(
    `CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (${upgrades.length + 1})`,
  );
  return connection;
}

/** One life of an actor, from its construction to its crash. */
export class Life {
  readonly #crashAt: (moment: CommitMoment) => boolean;
  readonly #refuses: () => boolean;
  readonly #end = Promise.withResolvers<never>();
  #alive = true;

  /** @param refuses Whether storage takes this commit back, and the actor lives on and hears of it. */
  constructor(crashAt: (moment: CommitMoment) => boolean, refuses: () => boolean = () => false) {
    this.#crashAt = crashAt;
    this.#refuses = refuses;
    // Nobody may be listening when it ends.
    this.#end.promise.catch(() => undefined);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Rejects when this life ends: whoever waits for an answer of it hears that the connection broke. */
  get end(): Promise<never> {
    return this.#end.promise;
  }

  assertAlive(): void {
    if (!this.#alive) throw new Crash("this life is over");
  }

  die(why: string): void {
    this.#alive = false;
    this.#end.reject(new Crash(why));
  }

  mayCrash(moment: CommitMoment): void {
    if (!this.#crashAt(moment)) return;
    this.die(moment);
    throw new Crash(moment);
  }

  mayRefuse(): void {
    if (this.#refuses()) throw new Crash("storage refused the commit");
  }
}

const cursor = (rows: readonly Record<string, unknown>[]) => ({
  toArray: () => [...rows],
  one: () => {
    const [row] = rows;
    if (rows.length !== 1 || row === undefined) throw new Error(`expected one row, not ${rows.length}`);
    return row;
  },
});
