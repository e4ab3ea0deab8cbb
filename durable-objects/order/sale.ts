/** That the units held for an order are sold: what the stock actors are told, until they have heard. */
import { isSold, type OrderState } from "../../shared/domain/order/state.ts";
import { shardKey } from "../../shared/domain/stock/shards/shard-key.ts";
import type { OrderEvent } from "../../shared/events/catalogue.ts";
import type { OutboxEntry, OutboxRow } from "../kernel/outbox.ts";
import type { OrderStore } from "./store.ts";

/** The destinations of an order actor's outbox, in the order of their bits. Only ever appended to. */
export const destinations = { events: "order-events", notifications: "notifications", stock: "stock" } as const;

/** Tells the stock actors that the held units are sold. `sku` is the key of the ledger that holds them (`shardKey`). */
export interface Sale {
  /** The order, where events have theirs: so that a row says whose it is. */
  readonly subject: string;
  readonly lines: readonly { readonly sku: string; readonly reservationId: string }[];
}

/** What a row of an order's outbox says, while whoever wrote it still has it at hand. */
export interface ToldValue {
  readonly event: OrderEvent | null;
  readonly sale: Sale | null;
}

/** The id of a line's hold, the same at every try. */
export const reservationIdOf = (orderId: string, lineIndex: number): string => `${orderId}:${lineIndex + 1}`;

type WithLines = Pick<OrderState, "lines">;

/** Whether this change sells the order, whatever else it does. It happens once: what has been sold stays so, or has been taken back. */
export const isSoldNow = (before: WithLines | null, after: WithLines): boolean =>
  after.lines.some(isSold) && before?.lines.some(isSold) !== true;

/** The same from its confirmation on, whatever becomes of the order: lines keep their SKU and their shard. */
export function saleOf({ orderId, lines }: Pick<OrderState, "orderId" | "lines">): Sale {
  const sold = lines.map((line, index) => ({ sku: shardKey(line.sku, line.shard), reservationId: reservationIdOf(orderId, index) }));
  return { subject: orderId, lines: sold };
}

/** A sale as a row of its own: of a confirmation that no event tells of. Releases before this wrote every sale so. */
export const saleEntry = (sale: Sale): OutboxEntry => {
  const value: ToldValue = { event: null, sale };
  return { id: `${sale.subject}:sold`, body: JSON.stringify(sale), value, destinations: [destinations.stock] };
};

/** The sale that a row tells of. It is the order's, and need not lie in the row. null: there is no such order. */
export function saleOfRow({ body, value }: OutboxRow, orders: Pick<OrderStore, "load">): Sale | null {
  const atHand = (value as ToldValue | undefined)?.sale ?? null;
  if (atHand !== null) return atHand;
  const { subject } = JSON.parse(body) as Sale;
  const record = orders.load(subject);
  return record === null ? null : saleOf(record.state);
}
