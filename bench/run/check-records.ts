/** The durable records held against the ledger: every sale is a confirmed order there, and its customer was told once. */
import type { DurableRecords, Stock } from "../system.ts";

/**
 * @param stock By SKU; each order sells one unit.
 * @returns What is wrong, one sentence each; nothing when both say the same and nothing is under way.
 */
export function checkRecords({ confirmed, notified, unacknowledged = 0 }: DurableRecords, stock: readonly Stock[]): readonly string[] {
  const wrong = stock.flatMap(({ sold }, sku) => {
    const recorded = confirmed[sku] ?? 0;
    return recorded === sold ? [] : [`SKU-${sku}: ${sold} units are sold and the records have ${recorded} confirmed orders`];
  });
  const recorded = confirmed.reduce((sum, orders) => sum + orders, 0);
  if (notified !== recorded) wrong.push(`the records have ${recorded} confirmed orders and ${notified} notifications of them`);
  if (unacknowledged > 0) wrong.push(`${unacknowledged} events are not acknowledged`);
  return wrong;
}
