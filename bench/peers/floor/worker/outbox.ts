/**
 * The events of an order object. Each is written with the outcome it tells of, goes to both queues with all that gather meanwhile, and is
 * gone when both consumers have acknowledged it. What a queue loses stays here for ever: nobody sends it again.
 */
import type { FloorEnv } from "./env.ts";

export interface OrderEvent {
  readonly key: string;
  readonly sku: string;
  readonly status: "confirmed" | "refused";
  readonly amount_minor: number;
  /** ISO 8601 */
  readonly at: string;
}

export type Consumer = "projector" | "notifier";

/** From one sending to the next, ms. */
const paceMs = 20;
/** Of about 120 bytes each, in a message of at most 128 KB. */
const maxEvents = 500;

export class Outbox {
  readonly #sql: SqlStorage;
  readonly #queues: readonly Queue<string>[];
  /** As JSON, still to be sent. */
  readonly #ready: string[] = [];
  /** Who was the first to acknowledge what the other one has not yet, by key. */
  readonly #acknowledged = new Map<string, Consumer>();
  #isSending = false;

  constructor(sql: SqlStorage, { ORDER_EVENTS, NOTIFICATIONS }: FloorEnv) {
    this.#sql = sql;
    this.#queues = [ORDER_EVENTS, NOTIFICATIONS];
    sql.exec("CREATE TABLE IF NOT EXISTS outbox (key TEXT PRIMARY KEY, event TEXT NOT NULL) WITHOUT ROWID");
  }

  add(event: OrderEvent): void {
    const text = JSON.stringify(event);
    this.#sql.exec("INSERT INTO outbox VALUES (?, ?)", event.key, text);
    this.#ready.push(text);
    if (!this.#isSending) void this.#send();
  }

  acknowledge(consumer: Consumer, keys: readonly string[]): void {
    const done = keys.filter((key) => this.#isSecond(consumer, key));
    this.#sql.exec("DELETE FROM outbox WHERE key IN (SELECT value FROM json_each(?))", JSON.stringify(done));
  }

  count(): number {
    return this.#sql.exec<{ events: number }>("SELECT count(*) AS events FROM outbox").one().events;
  }

  #isSecond(consumer: Consumer, key: string): boolean {
    const first = this.#acknowledged.get(key) ?? consumer;
    if (first === consumer) this.#acknowledged.set(key, consumer);
    else this.#acknowledged.delete(key);
    return first !== consumer;
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#ready.length > 0) {
        await scheduler.wait(paceMs);
        const message = this.#ready.splice(0, maxEvents).join(",");
        await Promise.all(this.#queues.map((queue) => queue.send(message, { contentType: "text" })));
      }
    } finally {
      this.#isSending = false;
    }
  }
}
