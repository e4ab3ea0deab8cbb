/**
 * An actor's storage for the simulator: real SQLite in memory, which outlives the actors that use it. A connection belongs
 * to one life of the actor; when that life is over everything it does with it throws, as after a `kill -9`.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** What `crashAt` may be asked: the moments around a commit. */
export type CommitMoment = "before commit" | "after commit";

export class Crash extends Error {
  override readonly name = "Crash";
}

export class Disk {
  readonly #database = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  alarmAtMs: number | null = null;
  /** Called when an alarm is set; the platform. */
  onAlarm: (atMs: number) => void = () => undefined;

  /** The storage of one life of the actor. */
  connect(life: Life): DurableObjectStorage {
    const sql = { exec: (query: string, ...bindings: SQLInputValue[]) => (life.assertAlive(), this.#exec(query, bindings)) };
    const storage = {
      sql,
      transactionSync: <Result>(work: () => Result): Result => (life.assertAlive(), this.#transaction(work, life)),
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

  close(): void {
    this.#database.close();
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
      this.#database.exec("COMMIT");
      life.mayCrash("after commit");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) {
        this.#database.exec("ROLLBACK");
        this.alarmAtMs = alarmBefore;
        if (alarmBefore !== null) this.onAlarm(alarmBefore);
      }
      throw error;
    }
  }
}

/** One life of an actor, from its construction to its crash. */
export class Life {
  readonly #crashAt: (moment: CommitMoment) => boolean;
  alive = true;

  constructor(crashAt: (moment: CommitMoment) => boolean) {
    this.#crashAt = crashAt;
  }

  assertAlive(): void {
    if (!this.alive) throw new Crash("this life is over");
  }

  mayCrash(moment: CommitMoment): void {
    if (!this.#crashAt(moment)) return;
    this.alive = false;
    throw new Crash(moment);
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
