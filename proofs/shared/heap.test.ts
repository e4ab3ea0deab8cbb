import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "./heap.ts";

it("Heap: whatever is put in and taken out in between, it gives the least of what is in it", () => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 50 }) }, { weight: 2, arbitrary: fc.constant("pop" as const) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<number>((one, other) => one < other);
      const sorted: number[] = [];
      for (const item of [...steps, ...steps.map(() => "pop" as const)]) {
        if (item === "pop") expect(heap.pop()).toBe(sorted.shift());
        else {
          heap.push(item);
          sorted.push(item);
          sorted.sort((one, other) => one - other);
        }
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

it("Heap: items that are the same to its order are all kept", () => {
  const heap = new Heap<{ readonly at: number; readonly name: string }>((one, other) => one.at < other.at);
  for (const name of ["a", "b", "c"]) heap.push({ at: 1, name });
  expect([heap.pop(), heap.pop(), heap.pop()].map((item) => item?.name).sort()).toEqual(["a", "b", "c"]);
  expect(heap.pop()).toBeUndefined();
});
