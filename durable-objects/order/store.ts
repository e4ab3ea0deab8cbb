/** Orders and their journals as an actor keeps them: a host may hold one order or many. */
import type { WireTimelineEntry } from "../../shared/contracts/order.ts";
import { reviveOrder, type OrderState, type OrderStatus } from "../../shared/domain/order/state.ts";
import { nameOfOrder } from "../../shared/platform/ids.ts";

/** An order as it stands on disk. */
export interface OrderRecord {
  /** Of its rows in this actor's tables. */
  readonly id: number;
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
    const query = "SELECT orders.* FROM requests JOIN orders USING (id) WHERE requests.name = ?";
    const row = this.#sql.exec(query, nameOfOrder(orderId)).toArray()[0];
    return row === undefined ? null : toRecord(row);
  }

  save(record: OrderRecord): void {
    this.#sql.exec(
      `INSERT INTO orders (id, order_id, state, version, published_entries, published_status, last_event_id, next_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version,
         published_entries = excluded.published_entries, published_status = excluded.published_status, last_event_id = excluded.last_event_id, next_at_ms = excluded.next_at_ms`,
      record.id,
      record.state.orderId,
      JSON.stringify(record.state),
      record.version,
      record.publishedEntries,
      record.publishedStatus,
      record.lastEventId,
      record.nextAtMs,
    );
  }

  /** The entries of one change. */
  appendJournal(id: number, entries: readonly WireTimelineEntry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    this.#sql.exec("INSERT INTO journal (id, first_seq, entries) VALUES (?, ?, ?)", id, first.seq, JSON.stringify(entries));
  }

  /** @param after Only the changes after the one that ended with this entry's number. */
  journal(id: number, after = 0): readonly WireTimelineEntry[] {
    const query = "SELECT entries FROM journal WHERE id = ? AND first_seq > ? ORDER BY first_seq";
    const rows = this.#sql.exec(query, id, after).toArray();
    return rows.flatMap((row) => JSON.parse(String(row["entries"])) as WireTimelineEntry[]);
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
    const query = "UPDATE orders SET next_at_ms = ? WHERE id = (SELECT id FROM requests WHERE name = ?) AND next_at_ms IS NOT NULL";
    this.#sql.exec(query, nextAtMs, nameOfOrder(orderId));
  }
}

function toRecord(row: Record<string, SqlStorageValue>): OrderRecord {
  return {
    id: Number(row["id"]),
    state: reviveOrder(JSON.parse(String(row["state"])) as OrderState),
    version: Number(row["version"]),
    publishedEntries: Number(row["published_entries"]),
    publishedStatus: String(row["published_status"]) as OrderStatus,
    lastEventId: String(row["last_event_id"]),
    nextAtMs: row["next_at_ms"] === null ? null : Number(row["next_at_ms"]),
  };
}
