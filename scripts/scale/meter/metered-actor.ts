/**
 * A Durable Object's class with counters around it: what its callers are billed for (calls, alarms), what its storage is billed for
 * (rows as SQLite reports them, alarms set), and what it says to others. Its own code is the shipped one.
 *
 * Alarms do not ring by themselves: they are set an hour later than asked for, and `meterControl("ring")` has them ring. An order
 * that has settled does the same whenever that is.
 */
import { meterWaits, stopClock } from "./metered-globals.ts";
import { meterBindings, type BindingKinds } from "./metered-queue.ts";
import { count } from "./tally.ts";

/** Of the runtime's types, what is used here. */
interface Cursor {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  one(): Record<string, unknown>;
}
interface Storage {
  readonly sql: { exec: (query: string, ...bindings: unknown[]) => Cursor; readonly databaseSize: number };
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): Promise<void>;
  deleteAlarm(): Promise<void>;
  sync(): Promise<void>;
}
interface Context {
  readonly storage: Storage;
  readonly id: { toString(): string };
  abort(reason: string): void;
}
type Env = Readonly<Record<string, unknown>>;
interface Actor {
  alarm(): Promise<void>;
}
export type ActorClass = new (ctx: Context, env: Env) => Actor;

const laterMs = 60 * 60_000;

/**
 * What the process outside asks of an object. `settled`: how much is under way or waits; `evict`; `ring`: 1 if there was an alarm;
 * `bytes` of its database; `call`: one of its own methods, whose answer is not wanted.
 */
export type Control =
  | { readonly command: "settled" | "evict" | "ring" | "bytes" }
  | { readonly command: "call"; readonly method: string; readonly argument: unknown };

/** @param kinds Of the Worker's bindings. */
export function meterActor(Class: ActorClass, kinds: BindingKinds): ActorClass {
  const { name } = Class;
  meterMethods(Class.prototype as Record<string, unknown>, (method) => {
    stopClock();
    count("object request", `${name}.${method}`);
  });
  return class Metered extends Class {
    readonly #ctx: Context;
    readonly #plain: PlainStorage;

    constructor(ctx: Context, env: Env) {
      meterWaits(name);
      count("object loaded", `${name} ${ctx.id.toString()}`);
      const plain = meterStorage(ctx.storage, name);
      super(ctx, meterBindings(env, kinds));
      this.#ctx = ctx;
      this.#plain = plain;
    }

    async meterControl(control: Control): Promise<number> {
      switch (control.command) {
        case "settled":
          return waiting(this.#plain) + underWayIn(this);
        case "bytes":
          return this.#ctx.storage.sql.databaseSize;
        case "ring":
          return await this.#ring();
        case "evict":
          await this.#ctx.storage.sync();
          this.#ctx.abort("evicted");
          return 0;
        case "call":
          await (this as unknown as Record<string, (argument: unknown) => Promise<unknown>>)[control.method]?.(control.argument);
          return 0;
      }
    }

    async #ring(): Promise<number> {
      if ((await this.#plain.getAlarm()) === null) return 0;
      await this.#plain.deleteAlarm();
      await this.alarm();
      return 1;
    }
  };
}

const underWay = new WeakMap<object, number>();
const underWayIn = (actor: object): number => underWay.get(actor) ?? 0;

/** Puts a counter before each method of a prototype. Private ones and accessors are left alone: nobody calls them from outside. */
export function meterMethods(prototype: Record<string, unknown>, onCall: (method: string) => void): void {
  for (const method of Object.getOwnPropertyNames(prototype)) {
    const plain = Object.getOwnPropertyDescriptor(prototype, method)?.value as unknown;
    if (method === "constructor" || typeof plain !== "function") continue;
    prototype[method] = async function (this: object, ...args: unknown[]): Promise<unknown> {
      onCall(method);
      underWay.set(this, underWayIn(this) + 1);
      try {
        return (await Reflect.apply(plain, this, args)) as unknown;
      } finally {
        underWay.set(this, underWayIn(this) - 1);
      }
    };
  }
}

/** The storage's methods as they were: what the meter itself does is not counted. */
interface PlainStorage {
  readonly exec: Storage["sql"]["exec"];
  readonly getAlarm: Storage["getAlarm"];
  readonly deleteAlarm: Storage["deleteAlarm"];
}

function meterStorage(storage: Storage, name: string): PlainStorage {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const [getAlarm, setAlarm, deleteAlarm] = [
    storage.getAlarm.bind(storage),
    storage.setAlarm.bind(storage),
    storage.deleteAlarm.bind(storage),
  ];
  const run = (query: string, bindings: readonly unknown[]): Cursor => {
    const cursor = exec(query, ...bindings);
    // Its caller reads it to the end in this turn.
    queueMicrotask(() => {
      count("statement", name);
      count("row read", name, cursor.rowsRead);
      count("row written", name, cursor.rowsWritten);
      if (cursor.rowsWritten > 0) count("rows of", `${name} ${writingOf(query)}`, cursor.rowsWritten);
    });
    return cursor;
  };
  sql.exec = (query, ...bindings) =>
    statementsOf(query, bindings).reduce<Cursor | null>((_before, statement) => run(statement, bindings), null) ?? exec(query);
  storage.getAlarm = async () => earlier(await getAlarm());
  storage.setAlarm = (atMs) => {
    count("alarm set", name);
    return setAlarm(atMs + laterMs);
  };
  storage.deleteAlarm = () => {
    count("alarm deleted", name);
    return deleteAlarm();
  };
  return { exec, getAlarm, deleteAlarm };
}

/** What a statement that writes does, such as `INSERT outbox`; making tables and indexes is one thing. */
export function writingOf(query: string): string {
  const [, verb = "", table = ""] =
    /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?\s+(\w+)/i.exec(query) ?? [];
  return /^(CREATE|ALTER|DROP)$/i.test(verb) ? "CREATE tables and indexes" : `${verb.toUpperCase()} ${table}`;
}

/** The cursor of several statements reports the last one alone, so each is run by itself. A trigger is one, whatever it does. */
export function statementsOf(query: string, bindings: readonly unknown[]): readonly string[] {
  if (bindings.length > 0) return [query];
  const statements = query.match(/\s*CREATE TRIGGER.*?\bEND\b|[^;]+/gis) ?? [];
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}

const earlier = (atMs: number | null): number | null => (atMs === null ? null : atMs - laterMs);

/** Rows of the outbox that no consumer has confirmed. */
function waiting({ exec }: PlainStorage): number {
  const hasOutbox = exec("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'outbox'").one()["n"] === 1;
  return hasOutbox ? Number(exec("SELECT count(*) AS n FROM outbox").one()["n"]) : 0;
}
