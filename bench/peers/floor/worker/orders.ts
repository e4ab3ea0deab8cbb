/**
 * The floor's order objects. One keeps many orders, by key. A call commits the order as accepted, sells its unit at the stock object
 * (one commit there), takes the money and commits the outcome; the runtime's output gate holds every call and the answer back until what
 * was written before it is on disk. Nothing takes an order up again after a crash but its client, asking again. In a shape with records the
 * commit of the outcome has an event in it, for the queues.
 */
import { DurableObject } from "cloudflare:workers";
import { stockHostOf, type FloorEnv } from "./env.ts";
import { Outbox, type Consumer } from "./outbox.ts";
import type { StockHost } from "./stock.ts";

export type Status = "confirmed" | "refused";

interface WaitingOrder {
  readonly key: string;
  readonly sku: string;
  readonly resolve: (status: Status) => void;
  readonly reject: (cause: unknown) => void;
}

const priceMinor = 100;

export class OrderHost extends DurableObject<FloorEnv> {
  readonly #sql = this.ctx.storage.sql;
  /** Orders under way, so that a second request with the same key waits for the first. */
  readonly #running = new Map<string, Promise<Status>>();
  readonly #stock = new Map<string, DurableObjectStub<StockHost>>();
  readonly #outbox: Outbox | undefined;
  #waiting: WaitingOrder[] = [];
  #isDraining = false;

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, sku TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID");
    if (env.RECORDS === "yes") this.#outbox = new Outbox(this.#sql, env);
  }

  /** Idempotent by key. */
  async place(key: string, sku: string): Promise<Status> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const [row] = this.#sql.exec<{ status: Status | "accepted" }>("SELECT status FROM orders WHERE key = ?", key);
    if (row !== undefined && row.status !== "accepted") return row.status;
    const run = this.env.ORDERS_RUN === "joined" ? this.#join(key, sku) : this.#runAlone(key, sku);
    this.#running.set(key, run);
    try {
      return await run;
    } finally {
      this.#running.delete(key);
    }
  }

  /** @param lines "key sku", one for each order. @returns "1" or "0" for each: whether it is confirmed. */
  async placeTogether(lines: string): Promise<string> {
    const orders = lines.split("\n").map((line) => line.split(" ") as [key: string, sku: string]);
    const statuses = await Promise.all(orders.map(([key, sku]) => this.place(key, sku)));
    return statuses.map((status) => (status === "confirmed" ? "1" : "0")).join("");
  }

  /** A consumer is done with the events of these orders. */
  acknowledge(consumer: Consumer, keys: readonly string[]): void {
    this.#outbox?.acknowledge(consumer, keys);
  }

  /** How many events a consumer has still to acknowledge. */
  unacknowledged(): number {
    return this.#outbox?.count() ?? 0;
  }

  async #runAlone(key: string, sku: string): Promise<Status> {
    this.#accept(key, sku);
    const sold = await this.#stockOf(stockHostOf(this.env, sku)).sell(key, sku);
    const status = sold && (await this.#charge(key)) ? "confirmed" : "refused";
    this.#finish({ key, sku }, status);
    return status;
  }

  #join(key: string, sku: string): Promise<Status> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, sku, resolve, reject });
      if (!this.#isDraining) void this.#drain();
    });
  }

  /**
   * All that wait go together; who comes meanwhile goes with the next, whose first commit is also the last one of these. The runtime
   * reads its sockets only when it has nothing else to do, so without the wait of 0 ms every order would run alone.
   */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#waiting.length > 0) {
      await scheduler.wait(0);
      const orders = this.#waiting;
      this.#waiting = [];
      try {
        await this.#runTogether(orders);
      } catch (cause) {
        for (const { reject } of orders) reject(cause);
      }
    }
    this.#isDraining = false;
  }

  async #runTogether(orders: readonly WaitingOrder[]): Promise<void> {
    for (const { key, sku } of orders) this.#accept(key, sku);
    const groups = [...Map.groupBy(orders, ({ sku }) => stockHostOf(this.env, sku))];
    await Promise.all(
      groups.map(async ([host, group]) => {
        // A string, which needs no disposal: "1" for each order that was sold its unit.
        const sold = await this.#stockOf(host).sellTogether(group.map(({ key, sku }) => `${key} ${sku}`).join("\n"));
        for (const [index, { key, sku, resolve }] of group.entries()) {
          const status = sold[index] === "1" && (await this.#charge(key)) ? "confirmed" : "refused";
          this.#finish({ key, sku }, status);
          resolve(status);
        }
      }),
    );
  }

  #accept(key: string, sku: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO orders VALUES (?, ?, 'accepted')", key, sku);
  }

  #finish({ key, sku }: Pick<WaitingOrder, "key" | "sku">, status: Status): void {
    this.#sql.exec("UPDATE orders SET status = ? WHERE key = ?", status, key);
    this.#outbox?.add({ key, sku, status, amount_minor: priceMinor, at: new Date().toISOString() });
  }

  #charge(key: string): Promise<boolean> | boolean {
    return this.env.PAYMENT_IN === "worker" ? this.env.PAYMENT.charge(key, priceMinor) : true;
  }

  #stockOf(host: string): DurableObjectStub<StockHost> {
    const stub = this.#stock.get(host) ?? this.env.STOCK.getByName(host);
    this.#stock.set(host, stub);
    return stub;
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler;
