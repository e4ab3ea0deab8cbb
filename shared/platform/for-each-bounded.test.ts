import { expect, test } from "vitest";
import { forEachBounded } from "./for-each-bounded.ts";

test("forEachBounded runs every item once, never more than the bound at a time", async () => {
  let [running, most] = [0, 0];
  const seen: number[] = [];
  await forEachBounded([1, 2, 3, 4, 5, 6, 7], { concurrency: 3 }, async (item) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    seen.push(item);
    running -= 1;
  });
  expect(seen.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("forEachBounded goes on after a failure and answers what became of each item", async () => {
  const results = await forEachBounded(["a", "b", "c"], { concurrency: 1 }, (item) =>
    item === "b" ? Promise.reject(new Error(item)) : Promise.resolve(),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("forEachBounded takes a throw before the first await as that item's failure, and no items as nothing to do", async () => {
  const failing = (): Promise<void> => {
    throw new Error("at once");
  };
  expect((await forEachBounded([1], { concurrency: 2 }, async () => failing())).map(({ status }) => status)).toEqual(["rejected"]);
  expect(await forEachBounded([], { concurrency: 2 }, failing)).toEqual([]);
});
