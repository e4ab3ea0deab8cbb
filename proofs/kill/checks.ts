/** What is asked of the shop after a restart and at the end, and held against the clients' books. */
import { inventorySchema } from "../../shared/contracts/product.ts";
import type { Random } from "../shared/random.ts";
import { ask, read } from "./ask.ts";
import { describe, isFinal, isKept, type Entry, type OrderBook } from "./books.ts";
import { disagreements, expectedOrder, type ExpectedOrder } from "./expected-order.ts";
import { inParallel } from "./in-parallel.ts";
import type { PlannedSku } from "./plan-load.ts";
import { readForward, type Checked } from "./read-forward.ts";

/** Requests that a check has under way at once. */
const concurrency = 8;

/**
 * The answers that came last before a kill are the ones it can take back, so half of the sample are those.
 *
 * @param size How many requests are replayed, and how many orders are read.
 */
export async function checkSample(checked: Checked, { random, size }: { random: Random; size: number }): Promise<void> {
  const { finals, orders } = checked.books;
  const newest = finals.slice(-size);
  const sample = <Item>(items: readonly Item[], count: number): Item[] =>
    items.length === 0 ? [] : Array.from({ length: count }, () => random.pick(items));
  await checkReplays(checked, [...new Set([...sample(newest, size / 2), ...sample(finals, size / 2)])]);
  const ids = [...new Set(sample(finals, size).map(orderIdOf))].flatMap((id) => orders.get(id ?? "") ?? []);
  await checkForward(checked, ids);
}

/** Every later sending of a request is answered as the first was, and says so. */
export async function checkReplays({ link, books, verdict, counts }: Checked, entries: readonly Entry[]): Promise<void> {
  await inParallel(entries.filter(isKept), concurrency, async (entry) => {
    const answer = await ask(link, entry.operation, (given) => isFinal(entry.operation, given));
    const wrong = books.answered(entry, answer, { known: true, atMs: Date.now() });
    if (wrong !== null) verdict.fail("replay", `${describe(entry.operation)} was ${wrong}`);
    counts.replays += 1;
  });
}

/** Every acknowledged order is there, and nothing about it has gone backwards. */
export async function checkForward(checked: Checked, orders: readonly OrderBook[]): Promise<void> {
  await inParallel(orders, concurrency, (book) => readForward(checked, book));
}

/**
 * Compares every order and every SKU with the books, again at each call; an order that was once as it must be is not read again,
 * for every request about it has had its final answer.
 *
 * @returns What calls for a look, one sentence each; empty when all agree.
 */
export function bookComparison(checked: Checked, skus: readonly PlannedSku[]): () => Promise<readonly string[]> {
  const expected = [...checked.books.orders.values()].map((book) => ({ book, wanted: expectedOrder(book) }));
  const sold = unitsBySku(expected.map(({ wanted }) => wanted));
  let open = expected;
  return async () => {
    const found: string[] = [];
    const still: typeof open = [];
    await inParallel(open, concurrency, async (entry) => {
      const order = await readForward(checked, entry.book);
      const differences = order === null ? ["is not there"] : disagreements(entry.wanted, order);
      if (differences.length > 0) still.push(entry);
      found.push(...differences.map((difference) => `${entry.book.id} ${difference}`));
    });
    open = still;
    for (const { sku } of skus) found.push(...(await compareStock(checked, { sku, sold: sold.get(sku) ?? 0 })));
    return found;
  };
}

function unitsBySku(orders: readonly ExpectedOrder[]): ReadonlyMap<string, number> {
  const sold = new Map<string, number>();
  for (const [sku, units] of orders.flatMap(({ soldUnits }) => [...soldUnits])) sold.set(sku, (sold.get(sku) ?? 0) + units);
  return sold;
}

async function compareStock({ link, books }: Checked, { sku, sold }: { sku: string; sold: number }): Promise<readonly string[]> {
  const levels = inventorySchema.parse(JSON.parse((await read(link, `/v1/inventory/${sku}`)).text));
  const received = books.finals.reduce((sum, { operation, final }) => {
    const delivered = operation.kind === "receive" && operation.path.includes(`/${sku}/`) && final?.status === 200;
    return delivered ? sum + (operation.body as { quantity: number }).quantity : sum;
  }, 0);
  const wanted = { received, sold, on_hand: received - sold, reserved: 0 };
  return Object.entries(wanted).flatMap(([name, units]) =>
    levels[name as keyof typeof wanted] === units
      ? []
      : [`${sku} has ${levels[name as keyof typeof wanted]} ${name} and must have ${units}`],
  );
}

/** The order that a request is about. */
function orderIdOf({ operation, final }: Entry): string | null {
  const [, id] = /(ord_[0-9a-f]{32})/.exec(operation.kind === "place" ? (final?.text ?? "") : JSON.stringify(operation)) ?? [];
  return id ?? null;
}
