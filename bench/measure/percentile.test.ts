import { describe, expect, it } from "vitest";
import { median, percentile } from "./percentile.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

describe("percentile", () => {
  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.999, 100],
    [1, 100],
  ])("of 1 to 100, in any order, at %d is the nearest rank %d", (share, value) => {
    expect(percentile(hundred, share)).toBe(value);
  });

  it("sorts by value and not by text, and leaves what it is given as it is", () => {
    const values = [9, 10, 1];
    expect(percentile(values, 0.5)).toBe(9);
    expect(values).toEqual([9, 10, 1]);
  });

  it("of nothing is NaN", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("median", () => {
  it("is the middle one, and between the two in the middle", () => {
    expect(median([10, 1, 9])).toBe(9);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([])).toBeNaN();
  });
});
