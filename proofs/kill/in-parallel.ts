/** Does the work for every item, at most so many at once. @throws The first failure, once those under way have ended. */
export async function inParallel<Item>(items: readonly Item[], concurrency: number, work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const lanes = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    for (const item of left) await work(item);
  });
  const failed = (await Promise.allSettled(lanes)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
