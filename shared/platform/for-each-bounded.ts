/**
 * Runs the work for every item, at most `concurrency` at a time, in the order of the items. One that fails does not keep the
 * others from running: the answer tells what became of each, in the items' order. Never rejects.
 */
export async function forEachBounded<Item>(
  items: readonly Item[],
  { concurrency }: { readonly concurrency: number },
  work: (item: Item) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  const results: PromiseSettledResult<void>[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) [results[index]] = await Promise.allSettled([work(item)]);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
