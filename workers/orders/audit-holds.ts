/** Orders' holds out of the stock actors' pages. Reservation ids begin with their order's id, so holds lie in the orders' order. */
import type { StockAudit } from "../../shared/contracts/audited.ts";
import type { HoldReading, StockReading } from "../../shared/domain/audit/readings.ts";
import type { AuditReader } from "./audit-reader.ts";

/** The orders after one and up to another; `to` null: to the end. */
export interface OrderRange {
  readonly after: string;
  readonly to: string | null;
}

/** Holds on a page of which probably few are wanted: what is read of a row costs, and so does a call, as much as 150 rows. */
const fewHolds = 100;

export interface SkuReading {
  readonly sku: string;
  /** null: the actor does not know the SKU. */
  readonly stock: StockReading | null;
  readonly holds: readonly HoldReading[];
}

/** The SKU's sums, and its holds for the orders of a range. */
export async function readRange(reader: AuditReader, sku: string, { after, to }: OrderRange): Promise<SkuReading> {
  // ";" comes after ":", so this is behind every line of `after` and before the next order.
  let page = await reader.stock({ sku, after: `order/${after};`, limit: fewHolds });
  const stock = page === null ? null : toStock(sku, page);
  const holds: HoldReading[] = [];
  while (page !== null) {
    const inRange = toHolds(sku, page).filter((hold) => to === null || orderOf(hold) <= to);
    holds.push(...inRange);
    page = page.next === null || inRange.length < page.holds.length ? null : await reader.stock({ sku, after: page.next });
  }
  return { sku, stock, holds };
}

/** The SKU's holds for some orders: each page answers for all of them that lie in it. */
export async function readHoldsOf(reader: AuditReader, sku: string, orderIds: readonly string[]): Promise<readonly HoldReading[]> {
  const wanted = new Set(orderIds);
  const holds: HoldReading[] = [];
  let open = [...wanted].sort();
  for (let first = open[0]; first !== undefined; first = open[0]) {
    const page = await reader.stock({ sku, after: `order/${first}`, limit: fewHolds });
    if (page === null) return [];
    const found = toHolds(sku, page);
    const last = found.at(-1);
    // The last order of a page that is not the last page may have more lines on the next one.
    const end = page.next === null || last === undefined ? null : orderOf(last);
    const isDone = (id: string): boolean => id === first || end === null || id < end;
    holds.push(...found.filter((hold) => wanted.has(orderOf(hold)) && isDone(orderOf(hold))));
    open = open.filter((id) => !isDone(id));
  }
  return holds;
}

/** The id of the order that a hold is for: its reservation's id without the line. */
export const orderOf = ({ reservationId }: Pick<HoldReading, "reservationId">): string => {
  const colon = reservationId.lastIndexOf(":");
  return colon < 0 ? reservationId : reservationId.slice(0, colon);
};

export const toStock = (sku: string, { levels, totals, shards = [] }: StockAudit): StockReading => ({ sku, levels, totals, shards });

const toHolds = (sku: string, { holds }: StockAudit): readonly HoldReading[] =>
  holds.filter(({ owner }) => owner === "order").map((hold) => ({ ...hold, sku }));
