import { expect, test } from "vitest";
import { chunksOf } from "./metered-queue.ts";

test("a message is an operation for each 64,000 bytes, about 100 of them its own", () => {
  expect([1, 63_900, 63_901, 127_000, 127_901].map(chunksOf)).toEqual([1, 1, 2, 2, 3]);
});
