/** What the placement of orders makes of the bill and of the limits. */
import { assumptions, daysAMonth } from "./assumptions.ts";
import { listDollars } from "./bill.ts";
import type { Counts } from "./count-orders.ts";
import { amount, dollars, exact, table, type Row } from "./format.ts";
import { limits } from "./limits.ts";
import { billedRowsWritten, sumOf, type Tally } from "./operations.ts";
import { prices } from "./prices.ts";

/** One sold order in either placement; both are counted. */
interface Placed {
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly requests: number;
  readonly bytes: number;
}

const million = 1_000_000;

export function renderPlacement({ journeys, pooled }: Counts): string {
  const perOrder = placed(journeys.sold.tally, journeys.sold.objectBytes);
  const inHost = placed(pooled.tally, pooled.hostBytesPerOrder);
  const row = (title: string, figure: (one: Placed) => string): Row => [title, figure(perOrder), figure(inHost)];
  const rows = [
    row("Rows written, stock actors' too", ({ rowsWritten }) => exact(rowsWritten)),
    row("Rows read", ({ rowsRead }) => exact(rowsRead)),
    row("Object requests", ({ requests }) => exact(requests)),
    row("Bytes stored", ({ bytes }) => exact(Math.round(bytes))),
    row("Dollars per million orders: rows written", ({ rowsWritten }) => dollars(listDollars(prices.rowsWritten, rowsWritten * million))),
    row("Dollars per million orders: requests", ({ requests }) => dollars(listDollars(prices.objectRequests, requests * million))),
    row(`Dollars per million orders: storage, ${assumptions.keptDays} days`, ({ bytes }) => dollars(storageDollars(bytes))),
    ["Orders until an object is full", "never", amount(limits.objectBytes.value / pooled.hostBytesPerOrder)],
  ];
  return table(["One sold order, alone", "`per-order`", "`pooled`"], rows);
}

const placed = (tally: Tally, bytes: number): Placed => ({
  rowsWritten: billedRowsWritten(tally),
  rowsRead: sumOf(tally, "row read"),
  requests: sumOf(tally, "object request"),
  bytes,
});

const storageDollars = (bytes: number): number =>
  listDollars(prices.objectStorage, ((bytes * million) / 1e9) * (assumptions.keptDays / daysAMonth));
