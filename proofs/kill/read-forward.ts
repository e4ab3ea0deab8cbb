/** Reads an order that was acknowledged: it must be there, and nothing of it may have gone backwards. */
import type { WireOrder } from "../../shared/contracts/order.ts";
import { readOrder, type ShopLink } from "./ask.ts";
import { describe, goesForward, type Books, type OrderBook } from "./books.ts";
import type { Verdict } from "./verdict.ts";

export interface Checked {
  readonly link: ShopLink;
  readonly books: Books;
  readonly verdict: Verdict;
  /** What has been looked at so far. */
  readonly counts: { replays: number; orders: number };
}

/** @returns The order; null when it is lost, which the verdict then knows. @throws When the link's signal ends the waiting. */
export async function readForward({ link, books, verdict, counts }: Checked, book: OrderBook): Promise<WireOrder | null> {
  // What others are shown while this reading is under way may be newer than what it finds.
  const before = book.seen;
  const order = await readOrder(link, book.id);
  counts.orders += 1;
  if (order === null) {
    verdict.fail("lost", `${book.id} was acknowledged and is not there (${describe(book.place.operation)})`);
    return null;
  }
  const wrong = goesForward(before, order);
  if (wrong !== null) verdict.fail("backwards", `${book.id} ${wrong}`);
  books.saw(book, order);
  return order;
}
