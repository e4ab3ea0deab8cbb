/** The Stripe-shaped server's own ledger held against the orders: what was truly taken, and what went back. */
import type { ProviderCapture } from "../../shared/contracts/rpc.ts";
import type { Books, OrderBook } from "./books.ts";

/** @param taken All that the ledger has. @returns What is not the same, one sentence each. */
export function compareMoney(taken: readonly ProviderCapture[], books: Books): readonly string[] {
  const captures = Map.groupBy(taken, ({ orderId }) => orderId);
  const strangers = [...captures].filter(([orderId]) => orderId === null || !books.orders.has(orderId));
  return [
    ...strangers.flatMap(([, taken]) =>
      taken.map(({ reference, capturedMinor }) => `${capturedMinor} was taken (${reference}) and nobody ordered`),
    ),
    ...[...books.orders.values()].flatMap((book) => compareOrder(book, captures.get(book.id) ?? [])),
  ];
}

function compareOrder({ id, seen }: OrderBook, captures: readonly ProviderCapture[]): readonly string[] {
  if (captures.length > 1) return [`${id} was charged ${captures.length} times: ${captures.map(({ chargeId }) => chargeId).join(", ")}`];
  const captured = captures[0]?.capturedMinor ?? 0;
  const refunded = captures[0]?.refundedMinor ?? 0;
  const found: string[] = [];
  if (captured !== seen?.capturedMinor) found.push(`${id} was charged ${captured} and says ${seen?.capturedMinor ?? "nothing"}`);
  if (refunded !== seen?.refundedMinor) found.push(`${id} was refunded ${refunded} and says ${seen?.refundedMinor ?? "nothing"}`);
  return found;
}
