/**
 * The floor's order objects. One keeps many orders, by key. A call commits the order as accepted, sells its unit at the stock object
 * (one commit there), takes the money and commits the outcome; the runtime's output gate holds every call and the answer back until what
 * was written before it is on disk. Nothing takes an order up again after a crash but its client, asking again.
 */
import { DurableObject } from "cloudflare:workers";
import { stockHostOf, type FloorEnv } from "./env.ts";
import type { StockHost } from "./stock.ts";

type Status = "confirmed" | "refused";

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
  #waiting: WaitingOrder[] = [];
  #isDraining = false;

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, sku TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID");
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

  async #runAlone(key: string, sku: string): Promise<Status> {
    this.#accept(key, sku);
    const sold = await this.#stockOf(stockHostOf(this.env, sku)).sell(key, sku);
    const status = sold && (await this.#charge(key)) ? "confirmed" : "refused";
    this.#finish(key, status);
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
        for (const [index, { key, resolve }] of group.entries()) {
          const status = sold[index] === "1" && (await this.#charge(key)) ? "confirmed" : "refused";
          this.#finish(key, status);
          resolve(status);
        }
      }),
    );
  }

  #accept(key: string, sku: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO orders VALUES (?, ?, 'accepted')", key, sku);
  }

  #finish(key: string, status: Status): void {
    this.#sql.exec("UPDATE orders SET status = ? WHERE key = ?", status, key);
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
