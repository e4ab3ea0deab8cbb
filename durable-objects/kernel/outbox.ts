/**
 * The outbox of an actor: what the world must still be told. A row is written in the transaction that made it true and
 * is done only when every destination has confirmed it, which for a queue is its consumer, not the broker. Until then
 * the alarm sends it again, so a broker that loses everything loses nothing.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { DueSource } from "./alarm-scheduler.ts";
import { backoffMs, jittered, type BackoffPolicy } from "./backoff.ts";
import type { Deadlines } from "./deadlines.ts";
import { ResendPace } from "./resend-pace.ts";
import type { ActorSchema } from "./schema.ts";
import { SendingPace } from "./sending-pace.ts";

export interface OutboxRow {
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** What the row tells, while whoever wrote it still has it at hand: a row that was just written need not be read and parsed. */
  readonly value?: unknown;
  /** Sendings, this one included. Default: 1. */
  readonly attempts?: number;
}

/** Somewhere rows go. Its place in the list given to the outbox is its bit in `waiting_for`, so the order never changes. */
export interface Destination {
  readonly name: string;
  /** Sends the rows; answers the ids that are thereby done, which for a queue are none. */
  send(rows: readonly OutboxRow[]): Promise<readonly string[]>;
  /** It is told only of whom a row speaks, so it gets rows too whose bodies cannot be made again. Default: no. */
  readonly needsNoBody?: boolean;
}

export interface OutboxEntry extends OutboxRow {
  /** Names of destinations. */
  readonly destinations: readonly string[];
  /** What the disk keeps instead of `body`: JSON with the same `subject`, of which `wholeBody` makes the body again. Default: the body. */
  readonly kept?: string;
}

/**
 * The body of a row as it was first sent, from what the disk has of it; null when it cannot be made again any more. An outbox without one
 * keeps bodies whole.
 */
export type WholeBody = (row: Pick<OutboxRow, "id" | "body">) => string | null;

export const outboxTable = `CREATE TABLE outbox (
  id TEXT PRIMARY KEY, body TEXT NOT NULL, waiting_for INTEGER NOT NULL, attempts INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL, next_at_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX outbox_by_next ON outbox (next_at_ms);`;

const resendAfter: BackoffPolicy = { baseMs: 30_000, capMs: 600_000 };
/** Rows that leave together when they leave for the first time, at most. */
const firstPortion = 100;
/** Rows that wait for no others: a message has room for a third more events of the usual size, for some may come at once. */
const fullPortion = 30;
const sendDeadlineMs = 10_000;
/** The next rows leave after this long, though a destination has not taken the ones before: the others are not to wait for it. */
const patienceMs = 250;
/** Rows in memory whose first sending is to come: some 10 KB each, with what they tell. A broker that stands still must not fill it. */
const maxReady = 5_000;
/** Rows of which is remembered who has confirmed them: about 1 MB. */
const maxRemembered = 10_000;

interface StoredRow extends OutboxRow {
  /** The body is what the disk keeps of it, and could not be made whole. */
  readonly isPartial?: boolean;
  readonly waitingFor: number;
  readonly attempts: number;
}

/** `dueAtMs`: when the alarm must ring at the latest, to send the row again. */
export interface EnqueuedRow extends StoredRow {
  readonly dueAtMs: number;
}

export class Outbox implements DueSource {
  readonly name = "outbox";
  readonly #sql: SqlStorage;
  readonly #schema: Pick<ActorSchema, "exists">;
  readonly #destinations: readonly Destination[];
  readonly #deadlines: Deadlines;
  readonly #logger: Logger;
  readonly #wholeBody: WholeBody;
  readonly #onSent: (destination: string, rows: number) => void;
  readonly #onUnreadable: (destination: string, rows: number) => void;
  #ready: StoredRow[] = [];
  /**
   * Whom rows of this life still wait for. That one of several destinations is done is only remembered, and not written: after a
   * restart the row is sent to both again, which changes nothing there.
   */
  readonly #remembered = new Map<string, number>();
  readonly #pace = new ResendPace();
  readonly #sendingPace = new SendingPace(fullPortion);
  #sending = false;

  constructor(options: {
    sql: SqlStorage;
    schema: Pick<ActorSchema, "exists">;
    destinations: readonly Destination[];
    deadlines: Deadlines;
    logger: Logger;
    wholeBody?: WholeBody;
    onSent?: (destination: string, rows: number) => void;
    /** Rows were due that a destination is not sent, for what the disk has of them cannot be read. */
    onUnreadable?: (destination: string, rows: number) => void;
  }) {
    this.#sql = options.sql;
    this.#schema = options.schema;
    this.#destinations = options.destinations;
    this.#deadlines = options.deadlines;
    this.#logger = options.logger;
    this.#wholeBody = options.wholeBody ?? (({ body }) => body);
    this.#onSent = options.onSent ?? (() => undefined);
    this.#onUnreadable = options.onUnreadable ?? (() => undefined);
  }

  /**
   * Writes the entries; call it inside the transaction of the change they tell of, and `committed` with the answer after it. The
   * rows already carry the time of their second sending.
   */
  enqueue(entries: readonly OutboxEntry[], nowMs: number): readonly EnqueuedRow[] {
    if (entries.length === 0) return [];
    const dueAtMs = nowMs + backoffMs(1, resendAfter);
    const rows = entries.map(({ destinations, kept, ...entry }) => {
      const waitingFor = destinations.reduce((bits, name) => bits | this.#bit(name), 0);
      return { written: kept ?? entry.body, row: { ...entry, waitingFor, attempts: 1, dueAtMs } };
    });
    const places = rows.map(() => "(?, ?, ?, 1, ?, ?)").join(", ");
    this.#sql.exec(
      `INSERT INTO outbox (id, body, waiting_for, attempts, created_at_ms, next_at_ms) VALUES ${places}`,
      ...rows.flatMap(({ written, row }) => [row.id, written, row.waitingFor, nowMs, dueAtMs]),
    );
    return rows.map(({ row }) => row);
  }

  /**
   * Writes out what the disk keeps of a row that still waits. Call it before a change of what its body would be made of, in the same
   * transaction, which must not happen when this throws. A row that is whole already, or done, stays as it is; so does one that is no
   * JSON, which nothing can be made of, now or later.
   */
  writeOut(id: string): void {
    const row = this.#sql.exec("SELECT body FROM outbox WHERE id = ? AND json_valid(body)", id).toArray()[0];
    if (row === undefined) return;
    const kept = String(row["body"]);
    const body = this.#wholeBody({ id, body: kept });
    if (body !== null && body !== kept) this.#sql.exec("UPDATE outbox SET body = ? WHERE id = ?", body, id);
  }

  /** The transaction that wrote these rows has happened: the next `sendReady` sends them, from memory; what finds no room there, the alarm. */
  committed(rows: readonly EnqueuedRow[]): void {
    for (const row of rows) if (this.#ready.length < maxReady) this.#ready.push(row);
    for (const { id, waitingFor } of rows) if (this.#remembered.size < maxRemembered) this.#remembered.set(id, waitingFor);
  }

  /** Sends what was committed since the last call; everything that gathers meanwhile goes together. */
  sendReady(): void {
    this.#sendingPace.gathered(this.#ready.length);
    if (this.#sending) return;
    this.#sending = true;
    void this.#drain();
  }

  /** A consumer has done its work for these rows. Unknown ids are old news and change nothing. */
  confirm(destination: string, ids: readonly string[]): void {
    this.#settle(destination, ids);
    this.#pace.heard(ids);
  }

  #settle(destination: string, ids: readonly string[]): void {
    const others = ~this.#bit(destination);
    const [remembered, forgotten] = partition(ids, (id) => this.#remembered.has(id));
    const left = remembered.map((id) => ({ id, waitingFor: (this.#remembered.get(id) ?? 0) & others }));
    const [done, open] = partition(left, ({ waitingFor }) => waitingFor === 0);
    this.#delete(done.map(({ id }) => id));
    this.#confirmOnDisk(forgotten, others);
    for (const { id } of done) this.#remembered.delete(id);
    for (const { id, waitingFor } of open) this.#remembered.set(id, waitingFor);
  }

  #delete(ids: readonly string[]): void {
    if (ids.length > 0) this.#sql.exec("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  }

  #confirmOnDisk(ids: readonly string[], others: number): void {
    if (ids.length === 0) return;
    const these = JSON.stringify(ids);
    const among = "id IN (SELECT value FROM json_each(?))";
    this.#sql.exec(`DELETE FROM outbox WHERE ${among} AND waiting_for & ? = 0`, these, others);
    this.#sql.exec(
      `UPDATE outbox SET waiting_for = waiting_for & ? WHERE ${among} AND waiting_for & ? <> waiting_for`,
      others,
      these,
      others,
    );
  }

  nextDueMs(): number | null {
    if (!this.#schema.exists) return null;
    const next = this.#sql.exec("SELECT min(next_at_ms) AS next FROM outbox").one()["next"];
    return next === null ? null : Math.max(Number(next), this.#pace.nextAtMs(Date.now()));
  }

  /** How many rows wait, and since when the oldest does (ms since the epoch). */
  backlog(): { readonly rows: number; readonly oldestAtMs: number | null } {
    const row = this.#sql.exec("SELECT count(*) AS rows, min(created_at_ms) AS oldest FROM outbox").one();
    return { rows: Number(row["rows"]), oldestAtMs: row["oldest"] === null ? null : Number(row["oldest"]) };
  }

  /** What the rows that wait speak of: the member `subject` of their bodies. Of what is no JSON nobody knows. */
  subjects(): ReadonlySet<string> {
    const query = "SELECT DISTINCT json_extract(body, '$.subject') AS subject FROM outbox WHERE json_valid(body)";
    const rows = this.#sql.exec(query).toArray();
    return new Set(rows.map((row) => String(row["subject"])));
  }

  async runDue(nowMs: number): Promise<void> {
    const limit = this.#pace.portion(nowMs);
    const rows = this.#sql
      .exec(
        "SELECT id, body, json_valid(body) AS is_json, waiting_for, attempts FROM outbox WHERE next_at_ms <= ? ORDER BY next_at_ms LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => ({
        id: String(row["id"]),
        body: String(row["body"]),
        isJson: row["is_json"] === 1,
        waitingFor: this.#remembered.get(String(row["id"])) ?? Number(row["waiting_for"]),
        attempts: Number(row["attempts"]) + 1,
      }));
    if (rows.length === 0) return;
    this.#pace.sent(
      rows.map(({ id }) => id),
      nowMs,
    );
    for (const row of rows) this.#postpone(row, nowMs);
    await this.#send(rows.map((row) => this.#whole(row)));
  }

  /** A row whose body cannot be made again must keep no other from leaving: it waits, and the log and the audit say so. */
  #whole({ isJson, ...row }: StoredRow & { readonly isJson: boolean }): StoredRow {
    try {
      if (!isJson) throw new Error("it is no JSON");
      const body = this.#wholeBody(row);
      if (body === null) throw new Error("what it was made of has changed");
      return { ...row, body };
    } catch (error) {
      this.#logger.error("an outbox row could not be put together again", { row: row.id, error: describeError(error) });
      return { ...row, isPartial: true };
    }
  }

  /** The next sending is written before this one happens: a crash in between costs a wait, not a row. */
  #postpone(row: StoredRow, nowMs: number): void {
    const nextAtMs = nowMs + jittered(backoffMs(row.attempts, resendAfter));
    const { id, waitingFor } = row;
    this.#sql.exec("UPDATE outbox SET attempts = attempts + 1, next_at_ms = ?, waiting_for = ? WHERE id = ?", nextAtMs, waitingFor, id);
  }

  async #drain(): Promise<void> {
    try {
      // Lets orders that commit in the same moment join the sending.
      await Promise.resolve();
      while (this.#ready.length > 0) {
        await this.#sendingPace.turn(this.#ready.length);
        await this.#deadlines.waitFor(this.#send(this.#ready.splice(0, firstPortion)), patienceMs);
      }
    } finally {
      // In the moment of the last look: what comes a microtask later must not take this for a sending that will look again.
      this.#sending = false;
    }
  }

  /** Never rejects. */
  async #send(rows: readonly StoredRow[]): Promise<void> {
    await Promise.all(this.#destinations.map((destination) => this.#sendTo(destination, rows)));
  }

  async #sendTo(destination: Destination, rows: readonly StoredRow[]): Promise<void> {
    const bit = this.#bit(destination.name);
    const all = rows.filter(({ waitingFor }) => (waitingFor & bit) !== 0);
    const [mine, unreadable] = partition(all, ({ isPartial = false }) => !isPartial || destination.needsNoBody === true);
    if (unreadable.length > 0) this.#onUnreadable(destination.name, unreadable.length);
    if (mine.length === 0) return;
    try {
      // A sending that never ends would hold up every later one.
      const done = await this.#deadlines.within(destination.send(mine), { deadlineMs: sendDeadlineMs, what: destination.name });
      this.#onSent(destination.name, mine.length);
      // Not heard by the pace: who is done with the sending says nothing of how far behind consumers are.
      this.#settle(destination.name, done);
    } catch (error) {
      // The rows stay and the alarm sends them again.
      this.#logger.warn("the outbox could not send", { destination: destination.name, rows: mine.length, error: describeError(error) });
    }
  }

  #bit(destination: string): number {
    const place = this.#destinations.findIndex(({ name }) => name === destination);
    if (place < 0) throw new Error(`no such destination: ${destination}`);
    return 1 << place;
  }
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  const [first, second]: [Item[], Item[]] = [[], []];
  for (const item of items) (isFirst(item) ? first : second).push(item);
  return [first, second];
}
