/** The ledger held against the orders: every confirmed one sold, none oversold, nothing held for nobody, everything balanced. */
import type { Stock } from "../system.ts";

/** What became of one SKU's orders, by their answers. */
export interface SkuOrders {
  readonly confirmed: number;
  /** Answered otherwise, or not at all: each may have been sold all the same. */
  readonly unconfirmed: number;
}

/**
 * @param stock By SKU, with nothing under way any more.
 * @returns What is wrong, one sentence each; nothing when all is right.
 */
export function checkLedger(stock: readonly Stock[], orders: readonly SkuOrders[]): readonly string[] {
  if (stock.length < orders.length) return [`The ledger has ${stock.length} SKUs; orders were placed for ${orders.length}`];
  return stock.flatMap((ledger, sku) =>
    checkSku(ledger, orders[sku] ?? { confirmed: 0, unconfirmed: 0 }).map((wrong) => `SKU-${sku}: ${wrong}`),
  );
}

function checkSku({ received, onHand, reserved, sold }: Stock, { confirmed, unconfirmed }: SkuOrders): string[] {
  const wrong: string[] = [];
  if (![received, onHand, reserved, sold].every(Number.isSafeInteger)) return ["a number of units is no whole number"];
  if (received !== onHand + reserved + sold)
    wrong.push(`${onHand} on hand + ${reserved} reserved + ${sold} sold is not ${received} received`);
  if (onHand < 0 || reserved < 0 || sold < 0)
    wrong.push(`a number of units is below 0: ${onHand} on hand, ${reserved} reserved, ${sold} sold`);
  if (sold > received) wrong.push(`oversold: ${sold} sold of ${received} received`);
  // Only an order without an answer may still hold what it asked for.
  if (reserved > unconfirmed) wrong.push(`${reserved} units are still reserved, and ${unconfirmed} orders have no answer yet`);
  if (sold < confirmed) wrong.push(`${confirmed} orders were confirmed and only ${sold} units are sold`);
  if (sold > confirmed + unconfirmed) wrong.push(`${sold} units are sold and only ${confirmed + unconfirmed} orders were placed`);
  return wrong;
}

/** Whether every confirmed order is sold already, and nothing is held any more. */
export const isSettled = (stock: readonly Stock[], orders: readonly SkuOrders[]): boolean =>
  stock.every(({ reserved, sold }, sku) => reserved === 0 && sold >= (orders[sku]?.confirmed ?? 0));
