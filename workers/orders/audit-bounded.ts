import { forEachBounded } from "../../shared/platform/for-each-bounded.ts";

/** What the work gives for each item, in their order, `concurrency` at a time. Rejects with the first failure, once all have ended. */
export async function mapBounded<Item, Value>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  const results = await forEachBounded([...items.entries()], { concurrency }, async ([index, item]) => {
    values[index] = await work(item);
  });
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return values;
}
