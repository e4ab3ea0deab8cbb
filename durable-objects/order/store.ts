/** The order actor's tables. Everything is keyed by order id or idempotency name: a host may hold one order or many. */
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { reviveOrder, type OrderState, type OrderStatus } from "../../shared/domain/order/state.ts";
import { outboxTable } from "../kernel/outbox.ts";

export const orderSchema: readonly string[] = [
  `CREATE TABLE orders (
     order_id TEXT PRIMARY KEY, state TEXT NOT NULL, version INTEGER NOT NULL, published_entries INTEGER NOT NULL,
     published_status TEXT NOT NULL, last_event_id TEXT NOT NULL, next_at_ms INTEGER
   ) WITHOUT ROWID, STRICT;
   CREATE INDEX orders_by_next ON orders (next_at_ms) WHERE next_at_ms IS NOT NULL;
   CREATE TABLE journal (order_id TEXT NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (order_id, seq)) WITHOUT ROWID, STRICT;
   CREATE TABLE requests (
     name TEXT PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL,
     started_at_ms INTEGER NOT NULL, status INTEGER, reply TEXT
   ) WITHOUT ROWID, STRICT;
   ${outboxTable}`,
  // Ids sort by time: an index by creation says nothing that they do not.
  "DROP INDEX IF EXISTS outbox_by_creation",
];

/** An order as it stands on disk. */
export interface OrderRecord {
  readonly state: OrderState;
  /** Counts the durable changes, from 1. */
  readonly version: number;
  /** Journal entries that an event has carried out of the actor, and the status that the newest one told. */
  readonly publishedEntries: number;
  readonly publishedStatus: OrderStatus;
  /** The newest event: the cause of the next one. */
  readonly lastEventId: string;
  /** When the alarm takes the order up, ms since the epoch; null when it is settled. */
  readonly nextAtMs: number | null;
}

export class OrderStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  load(orderId: string): OrderRecord | null {
    const row = this.#sql.exec("SELECT * FROM orders WHERE order_id = ?", orderId).toArray()[0];
    return row === undefined ? null : toRecord(row);
  }

  save(record: OrderRecord): void {
    this.#sql.exec(
      `INSERT INTO orders (order_id, state, version, published_entries, published_status, last_event_id, next_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, version = excluded.version,
         published_entries = excluded.published_entries, published_status = excluded.published_status, last_event_id = excluded.last_event_id, next_at_ms = excluded.next_at_ms`,
      record.state.orderId,
      JSON.stringify(record.state),
      record.version,
      record.publishedEntries,
      record.publishedStatus,
      record.lastEventId,
      record.nextAtMs,
    );
  }

  appendJournal(orderId: string, entries: readonly WireTimelineEntry[]): void {
    for (const entry of entries) {
      this.#sql.exec("INSERT INTO journal (order_id, seq, entry) VALUES (?, ?, ?)", orderId, entry.seq, JSON.stringify(entry));
    }
  }

  /** @param after Only entries with a greater number. */
  journal(orderId: string, after = 0): readonly WireTimelineEntry[] {
    const rows = this.#sql.exec("SELECT entry FROM journal WHERE order_id = ? AND seq > ? ORDER BY seq", orderId, after).toArray();
    return rows.map((row) => JSON.parse(String(row["entry"])) as WireTimelineEntry);
  }

  /** The earliest time at which an order must be taken up. */
  nextDueMs(): number | null {
    const next = this.#sql.exec("SELECT min(next_at_ms) AS next FROM orders WHERE next_at_ms IS NOT NULL").one()["next"];
    return next === null ? null : Number(next);
  }

  dueOrders(nowMs: number, limit: number): readonly string[] {
    const rows = this.#sql.exec("SELECT order_id FROM orders WHERE next_at_ms <= ? ORDER BY next_at_ms LIMIT ?", nowMs, limit).toArray();
    return rows.map((row) => String(row["order_id"]));
  }

  postpone(orderId: string, nextAtMs: number): void {
    this.#sql.exec("UPDATE orders SET next_at_ms = ? WHERE order_id = ? AND next_at_ms IS NOT NULL", nextAtMs, orderId);
  }
}

function toRecord(row: Record<string, SqlStorageValue>): OrderRecord {
  return {
    state: reviveOrder(JSON.parse(String(row["state"])) as OrderState),
    version: Number(row["version"]),
    publishedEntries: Number(row["published_entries"]),
    publishedStatus: String(row["published_status"]) as OrderStatus,
    lastEventId: String(row["last_event_id"]),
    nextAtMs: row["next_at_ms"] === null ? null : Number(row["next_at_ms"]),
  };
}
