/** The floor's stock objects: what is on hand and what is sold, and which orders have their unit already. */
import { DurableObject } from "cloudflare:workers";
import type { FloorEnv } from "./env.ts";

export class StockHost extends DurableObject<FloorEnv> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, received INTEGER NOT NULL, on_hand INTEGER NOT NULL CHECK (on_hand >= 0)) WITHOUT ROWID",
    );
    this.#sql.exec("CREATE TABLE IF NOT EXISTS sales (key TEXT PRIMARY KEY) WITHOUT ROWID");
  }

  /** Sells one unit, once for a key. @returns Whether the order has it. */
  sell(key: string, sku: string): boolean {
    if (this.#isSold(key)) return true;
    if (this.#take(sku, 1) === 0) return false;
    this.#sql.exec("INSERT INTO sales VALUES (?)", key);
    return true;
  }

  /** @param lines "key sku", one for each order. @returns "1" or "0" for each. */
  sellTogether(lines: string): string {
    const orders = lines.split("\n").map((line) => line.split(" ") as [key: string, sku: string]);
    const has = new Set(orders.filter(([key]) => this.#isSold(key)).map(([key]) => key));
    const open = orders.filter(([key]) => !has.has(key));
    for (const [sku, group] of Map.groupBy(open, ([, name]) => name)) {
      const taken = this.#take(sku, group.length);
      for (const [key] of group.slice(0, taken)) {
        this.#sql.exec("INSERT INTO sales VALUES (?)", key);
        has.add(key);
      }
    }
    return orders.map(([key]) => (has.has(key) ? "1" : "0")).join("");
  }

  receive(sku: string, units: number): void {
    this.#sql.exec(
      "INSERT INTO stock VALUES (?1, ?2, ?2) ON CONFLICT DO UPDATE SET received = received + ?2, on_hand = on_hand + ?2",
      sku,
      units,
    );
  }

  /** As JSON. */
  levels(sku: string): string {
    const [row] = this.#sql.exec<{ received: number; on_hand: number }>("SELECT received, on_hand FROM stock WHERE sku = ?", sku);
    const { received = 0, on_hand: onHand = 0 } = row ?? {};
    return JSON.stringify({ received, onHand, reserved: 0, sold: received - onHand });
  }

  #isSold = (key: string): boolean => [...this.#sql.exec("SELECT 1 FROM sales WHERE key = ?", key)].length > 0;

  /** Takes up to so many units. @returns How many there were. */
  #take(sku: string, units: number): number {
    const [row] = this.#sql.exec<{ on_hand: number }>("SELECT on_hand FROM stock WHERE sku = ?", sku);
    const taken = Math.min(units, row?.on_hand ?? 0);
    if (taken > 0) this.#sql.exec("UPDATE stock SET on_hand = on_hand - ? WHERE sku = ?", taken, sku);
    return taken;
  }
}

export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler;
