/**
 * Everything this Stripe knows, in one SQLite file: its objects, the answers kept under idempotency keys, charges that are being
 * processed, events that are to be delivered. A change and the answer to it are one transaction, so a process that is killed
 * has done a request whole or not at all.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { ObjectKind, ObjectKinds } from "./objects.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** `unanswered`: it was done, and whoever asks again is not answered either. */
export interface KeptAnswer extends Answer {
  readonly fingerprint: string;
  readonly unanswered: boolean;
}

export interface Delivery {
  readonly eventId: string;
  readonly copy: number;
  readonly attempts: number;
}

/** `parent`: the intent of a charge or a refund. Newest first, as Stripe lists. */
export interface ListQuery {
  readonly parent?: string;
  readonly gte?: number;
  readonly gt?: number;
  readonly lte?: number;
  readonly lt?: number;
  readonly after?: string;
  readonly before?: string;
  readonly chargeId?: string;
  readonly limit: number;
}

/** https://docs.stripe.com/api/idempotent_requests */
const keyLifeMs = 24 * 60 * 60_000;

const schema = `
  CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, parent TEXT, created INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, created);
  CREATE INDEX IF NOT EXISTS objects_by_parent ON objects (parent, kind);
  CREATE INDEX IF NOT EXISTS objects_by_charge_id ON objects (kind, json_extract(body, '$.metadata.charge_id'));
  CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, unanswered INTEGER NOT NULL,
    created_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS processing (intent_id TEXT PRIMARY KEY, due_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS failures (intent_id TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS deliveries (
    event_id TEXT NOT NULL, copy INTEGER NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, PRIMARY KEY (event_id, copy));
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`;

export class Ledger {
  readonly #database: DatabaseSync;

  /** @param path Made when it is not there. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#database = new DatabaseSync(path, { timeout: 2_000 });
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  transaction<Value>(work: () => Value): Value {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.#database.exec("COMMIT");
      return value;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  put<Kind extends ObjectKind>(object: ObjectKinds[Kind], parent: string | null = null): ObjectKinds[Kind] {
    this.#run(
      `INSERT INTO objects (id, kind, parent, created, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
      [object.id, object.object, parent, object.created, JSON.stringify(object)],
    );
    return object;
  }

  find<Kind extends ObjectKind>(kind: Kind, id: string): ObjectKinds[Kind] | undefined {
    return this.#read<Kind>("SELECT body FROM objects WHERE kind = ? AND id = ?", [kind, id])[0];
  }

  list<Kind extends ObjectKind>(kind: Kind, query: ListQuery): readonly ObjectKinds[Kind][] {
    const { conditions, values } = whereOf(kind, query);
    const rows = this.#read<Kind>(
      `SELECT body FROM objects WHERE ${conditions.join(" AND ")} ORDER BY seq ${query.before === undefined ? "DESC" : "ASC"} LIMIT ?`,
      [...values, query.limit],
    );
    return query.before === undefined ? rows : rows.reverse();
  }

  /** A key is forgotten when it is a day old. */
  keptAnswer(key: string, nowMs: number): KeptAnswer | undefined {
    const sql = "SELECT fingerprint, status, body, unanswered FROM answers WHERE key = ? AND created_ms > ?";
    const row = this.#all(sql, [key, nowMs - keyLifeMs])[0];
    if (row === undefined) return undefined;
    const { fingerprint, status, body, unanswered } = row;
    return {
      fingerprint: String(fingerprint),
      status: Number(status),
      body: JSON.parse(String(body)) as unknown,
      unanswered: unanswered === 1,
    };
  }

  keepAnswer(key: string, { fingerprint, status, body, unanswered }: KeptAnswer, nowMs: number): void {
    const values = [key, fingerprint, status, JSON.stringify(body), unanswered ? 1 : 0, nowMs];
    this.#run("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", values);
  }

  startProcessing(intentId: string, dueMs: number): void {
    this.#run("INSERT OR REPLACE INTO processing VALUES (?, ?)", [intentId, dueMs]);
  }

  /** The intents whose processing is over, each told once. */
  takeProcessed(nowMs: number): readonly string[] {
    return this.#all("DELETE FROM processing WHERE due_ms <= ? RETURNING intent_id", [nowMs]).map((row) => String(row["intent_id"]));
  }

  /** Notes that the intent has failed once. @returns Whether this is the first time. */
  isFirstFailure(intentId: string): boolean {
    return this.#all("INSERT INTO failures VALUES (?) ON CONFLICT DO NOTHING RETURNING intent_id", [intentId]).length === 1;
  }

  addDelivery(eventId: string, { copy, dueMs }: { readonly copy: number; readonly dueMs: number }): void {
    this.#run("INSERT INTO deliveries VALUES (?, ?, ?, 0)", [eventId, copy, dueMs]);
  }

  /** In the order of the events. */
  dueDeliveries(nowMs: number): readonly Delivery[] {
    const rows = this.#all(
      `SELECT event_id, copy, attempts FROM deliveries JOIN objects ON id = event_id WHERE due_ms <= ? ORDER BY copy, seq LIMIT 100`,
      [nowMs],
    );
    return rows.map((row) => ({ eventId: String(row["event_id"]), copy: Number(row["copy"]), attempts: Number(row["attempts"]) }));
  }

  nextDeliveryMs(): number | undefined {
    const dueMs = this.#all("SELECT min(due_ms) AS due_ms FROM deliveries", [])[0]?.["due_ms"];
    return typeof dueMs === "number" ? dueMs : undefined;
  }

  endDelivery({ eventId, copy }: Delivery): void {
    this.#run("DELETE FROM deliveries WHERE event_id = ? AND copy = ?", [eventId, copy]);
  }

  retryDelivery({ eventId, copy }: Delivery, dueMs: number): void {
    this.#run("UPDATE deliveries SET due_ms = ?, attempts = attempts + 1 WHERE event_id = ? AND copy = ?", [dueMs, eventId, copy]);
  }

  /** Made at the first time, the same ever after. */
  secret(name: "secret_key" | "webhook_secret", prefix: string): string {
    this.#run("INSERT OR IGNORE INTO secrets VALUES (?, ?)", [name, `${prefix}${randomBytes(24).toString("hex")}`]);
    return String(this.#all("SELECT value FROM secrets WHERE name = ?", [name])[0]?.["value"]);
  }

  #read<Kind extends ObjectKind>(sql: string, values: readonly SQLInputValue[]): ObjectKinds[Kind][] {
    return this.#all(sql, values).map((row) => JSON.parse(String(row["body"])) as ObjectKinds[Kind]);
  }

  #all(sql: string, values: readonly SQLInputValue[]): Record<string, unknown>[] {
    return this.#database.prepare(sql).all(...values);
  }

  #run(sql: string, values: readonly SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

function whereOf(kind: ObjectKind, query: ListQuery): { conditions: string[]; values: SQLInputValue[] } {
  const wanted: [string, SQLInputValue | undefined][] = [
    ["kind = ?", kind],
    ["parent = ?", query.parent],
    ["created >= ?", query.gte],
    ["created > ?", query.gt],
    ["created <= ?", query.lte],
    ["created < ?", query.lt],
    ["seq < (SELECT seq FROM objects WHERE id = ?)", query.after],
    ["seq > (SELECT seq FROM objects WHERE id = ?)", query.before],
    ["json_extract(body, '$.metadata.charge_id') = ?", query.chargeId],
  ];
  const given = wanted.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  return { conditions: given.map(({ condition }) => condition), values: given.map(({ value }) => value) };
}
