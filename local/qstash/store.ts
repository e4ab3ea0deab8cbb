/**
 * What the local QStash must not forget, in one SQLite file: the account's secrets, the messages that are waiting, the
 * dead letters, the schedules, and which deduplication ids were used. One process owns it.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  deadLetterSchema,
  messageSchema,
  scheduleSchema,
  type DeadLetter,
  type KeptSchedule,
  type Message,
  type Schedule,
} from "./message.ts";

/** How long a deduplication id is remembered, ms. */
const deduplicationMs = 600_000;
/** How long a dead letter is kept, ms. */
const deadLetterMs = 7 * 86_400_000;

const schema = `
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, next_at_ms INTEGER NOT NULL, retried INTEGER NOT NULL, claimed INTEGER NOT NULL, content TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_due ON messages (claimed, next_at_ms);
  CREATE TABLE IF NOT EXISTS dead_letters (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, buried_at_ms INTEGER NOT NULL, content TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS schedules (id TEXT PRIMARY KEY, next_at_ms INTEGER NOT NULL, paused INTEGER NOT NULL, content TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS deduplications (id TEXT PRIMARY KEY, message_id TEXT NOT NULL, expires_at_ms INTEGER NOT NULL) STRICT;
`;

type Row = Readonly<Record<string, unknown>>;

/** A message that waits for its next try. */
export interface WaitingMessage {
  readonly message: Message;
  readonly retried: number;
}

export interface SigningKeys {
  readonly current: string;
  readonly next: string;
}

export class QstashStore {
  readonly #database: DatabaseSync;

  /** @param path `:memory:` forgets. What a process that was killed had under way waits again. */
  constructor(path: string) {
    // It holds secrets: readable by its owner only, and so are the files that SQLite makes beside it.
    if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
    this.#database = new DatabaseSync(path);
    // An answered publish survives the end of the process; a power cut may take the last of them, as in memory it would.
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.#database.exec(schema);
    this.#run("UPDATE messages SET claimed = 0 WHERE claimed = 1");
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** All of it or nothing. */
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

  /** The account's API token; made at the first reading. */
  token(): string {
    return this.#secret("token", "qstash");
  }

  signingKeys(): SigningKeys {
    return { current: this.#secret("current_key", "sig"), next: this.#secret("next_key", "sig") };
  }

  /** The next key signs from now on, and a new one is next. */
  rotateKeys(): SigningKeys {
    const { next } = this.signingKeys();
    this.transaction(() => {
      this.#run("UPDATE secrets SET value = ? WHERE name = 'current_key'", next);
      this.#run("DELETE FROM secrets WHERE name = 'next_key'");
    });
    return this.signingKeys();
  }

  addMessage(message: Message): void {
    this.#run("INSERT INTO messages VALUES (?, ?, 0, 0, ?)", message.messageId, message.notBeforeMs, JSON.stringify(message));
  }

  message(id: string): Message | undefined {
    return this.#read("SELECT content FROM messages WHERE id = ?", [id], toMessage)[0];
  }

  messages(): Message[] {
    return this.#read("SELECT content FROM messages ORDER BY rowid", [], toMessage);
  }

  /** Takes what is due, so that nobody else does. */
  claimDue({ nowMs, limit }: { nowMs: number; limit: number }): WaitingMessage[] {
    const sql = `UPDATE messages SET claimed = 1 WHERE id IN
      (SELECT id FROM messages WHERE claimed = 0 AND next_at_ms <= ? ORDER BY next_at_ms, rowid LIMIT ?) RETURNING retried, content`;
    return this.#read(sql, [nowMs, limit], (row) => ({ message: toMessage(row), retried: Number(row["retried"]) }));
  }

  /** Lets a claimed message wait again. Does nothing when it has been cancelled meanwhile. */
  retryMessage(id: string, { retried, nextAtMs }: { retried: number; nextAtMs: number }): void {
    this.#run("UPDATE messages SET claimed = 0, retried = ?, next_at_ms = ? WHERE id = ?", retried, nextAtMs, id);
  }

  /** @returns Whether it was there. */
  deleteMessage(id: string): boolean {
    return this.#run("DELETE FROM messages WHERE id = ?", id) > 0;
  }

  /** The next time at which something is due; null when nothing waits. */
  nextDueMs(): number | null {
    const sql = `SELECT min(next_at_ms) AS next_at_ms FROM (SELECT next_at_ms FROM messages WHERE claimed = 0 UNION ALL SELECT next_at_ms FROM schedules)`;
    const [next = null] = this.#read(sql, [], (row) => row["next_at_ms"]);
    return next === null ? null : Number(next);
  }

  bury({ message, response }: Omit<DeadLetter, "dlqId">, nowMs: number): DeadLetter {
    const [number = 1] = this.#read("SELECT coalesce(max(number), 0) + 1 AS number FROM dead_letters", [], (row) => Number(row["number"]));
    const letter = { dlqId: `${nowMs}-${number}`, message, response };
    this.#run("INSERT INTO dead_letters VALUES (?, ?, ?, ?)", number, letter.dlqId, nowMs, JSON.stringify(letter));
    return letter;
  }

  /** The newest first, as the vendor lists them. */
  deadLetters(): DeadLetter[] {
    return this.#read("SELECT content FROM dead_letters ORDER BY number DESC", [], (row) => deadLetterSchema.parse(parsed(row)));
  }

  deleteDeadLetter(dlqId: string): boolean {
    return this.#run("DELETE FROM dead_letters WHERE id = ?", dlqId) > 0;
  }

  /** Creates it, or replaces the one of the same id; a paused one goes on. */
  putSchedule(schedule: Schedule, nextAtMs: number): void {
    this.#run("INSERT OR REPLACE INTO schedules VALUES (?, ?, 0, ?)", schedule.scheduleId, nextAtMs, JSON.stringify(schedule));
  }

  schedules(): KeptSchedule[] {
    return this.#read("SELECT next_at_ms, paused, content FROM schedules ORDER BY rowid", [], (row) => ({
      schedule: scheduleSchema.parse(parsed(row)),
      paused: row["paused"] === 1,
      nextAtMs: Number(row["next_at_ms"]),
    }));
  }

  moveSchedule(schedule: Schedule, nextAtMs: number): void {
    this.#run("UPDATE schedules SET next_at_ms = ?, content = ? WHERE id = ?", nextAtMs, JSON.stringify(schedule), schedule.scheduleId);
  }

  /** @returns Whether it is there. */
  pauseSchedule(id: string, paused: boolean): boolean {
    return this.#run("UPDATE schedules SET paused = ? WHERE id = ?", paused ? 1 : 0, id) > 0;
  }

  deleteSchedule(id: string): boolean {
    return this.#run("DELETE FROM schedules WHERE id = ?", id) > 0;
  }

  /** The message that an id was used for not long ago; null when it is free, and then it is taken for `messageId`. */
  deduplicate(id: string, { messageId, nowMs }: { messageId: string; nowMs: number }): string | null {
    this.forget(nowMs);
    const [known] = this.#read("SELECT message_id FROM deduplications WHERE id = ?", [id], (row) => String(row["message_id"]));
    if (known === undefined) this.#run("INSERT INTO deduplications VALUES (?, ?, ?)", id, messageId, nowMs + deduplicationMs);
    return known ?? null;
  }

  /** Drops what has been kept long enough. */
  forget(nowMs: number): void {
    this.#run("DELETE FROM deduplications WHERE expires_at_ms <= ?", nowMs);
    this.#run("DELETE FROM dead_letters WHERE buried_at_ms <= ?", nowMs - deadLetterMs);
  }

  #secret(name: string, prefix: string): string {
    this.#run("INSERT OR IGNORE INTO secrets VALUES (?, ?)", name, `${prefix}_${randomBytes(24).toString("base64url")}`);
    return this.#read("SELECT value FROM secrets WHERE name = ?", [name], (row) => String(row["value"]))[0] ?? "";
  }

  #read<Value>(sql: string, parameters: readonly SQLInputValue[], toValue: (row: Row) => Value): Value[] {
    return this.#database
      .prepare(sql)
      .all(...parameters)
      .map(toValue);
  }

  #run(sql: string, ...parameters: readonly SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...parameters).changes);
  }
}

const parsed = (row: Row): unknown => JSON.parse(String(row["content"]));
const toMessage = (row: Row): Message => messageSchema.parse(parsed(row));
