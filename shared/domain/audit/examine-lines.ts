/** The lines of a settled order against the holds at the stock actors. */
import { isSold } from "../order/state.ts";
import type { Disagreement } from "./finding.ts";
import type { HoldReading, LineReading, OrderReading } from "./readings.ts";

/** @param skus The SKUs whose holds were read; lines of others are not looked at. null: all. */
export function compareLines(
  order: OrderReading,
  { holds, skus }: { readonly holds: readonly HoldReading[]; readonly skus: ReadonlySet<string> | null },
): readonly Disagreement[] {
  const lines = order.lines.filter((line) => skus === null || skus.has(line.sku));
  const bySlot = new Map(lines.map((line) => [slotOf(line), line]));
  const held = new Map(holds.map((hold) => [slotOf(hold), hold]));
  return [
    ...lines.filter(isSold).flatMap((line) => compareSold(order, line, held.get(slotOf(line)))),
    ...holds.flatMap((hold) => compareHold(order, hold, bySlot.get(slotOf(hold)))),
  ];
}

const slotOf = ({ sku, reservationId }: { readonly sku: string; readonly reservationId: string }): string =>
  JSON.stringify([sku, reservationId]);

/** What has come back to the shelf: of a cancelled order all of it, of a shipped one what was returned. */
const cameBack = (line: LineReading): number => (line.hold === "restocked" ? line.quantity : line.returned);

function compareSold({ orderId, status }: OrderReading, line: LineReading, hold: HoldReading | undefined): readonly Disagreement[] {
  const expected = committed(line.quantity, cameBack(line));
  const found =
    hold === undefined ? "no hold" : hold.state === "committed" ? committed(hold.quantity, hold.returned) : `a ${hold.state} hold`;
  if (found === expected) return [];
  const detail = `Order ${orderId} is ${status} with ${expected} of ${line.sku}, and the stock actor has ${found}.`;
  return [{ rule: "sold_line_has_committed_hold", subject: orderId, expected, found: `${found} (${line.sku})`, detail }];
}

const committed = (quantity: number, returned: number): string =>
  returned === 0 ? `${quantity} committed` : `${quantity} committed, ${returned} back`;

/** Every hold that still binds or has bound units must be one that the order counts so. */
function compareHold({ orderId, status }: OrderReading, hold: HoldReading, line: LineReading | undefined): readonly Disagreement[] {
  const { sku, reservationId, quantity } = hold;
  // A line that is sold and a hold that is not committed are told of once, from the line's side.
  if (line !== undefined && isSold(line)) return [];
  if (hold.state === "held") {
    const detail = `Order ${orderId} is ${status}, and ${quantity} of ${sku} are still held for it (${reservationId}).`;
    return [{ rule: "live_hold_has_open_order", subject: orderId, expected: "no live hold", found: `${quantity} held (${sku})`, detail }];
  }
  if (hold.state === "released" || hold.returned === quantity) return [];
  const found = `${committed(quantity, hold.returned)} (${sku})`;
  const detail = `Order ${orderId} is ${status} and does not count ${sku} as sold, and the stock actor has ${found}.`;
  return [{ rule: "committed_hold_has_sold_line", subject: orderId, expected: "no sale", found, detail }];
}
