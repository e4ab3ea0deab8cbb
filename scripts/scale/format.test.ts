import { expect, test } from "vitest";
import { amount, dollars, exact, share, span, table } from "./format.ts";

test("amounts have three digits that matter", () => {
  expect([0, 0.01234, 2.5, 99.96, 1_234, 864_000_000].map(amount)).toEqual(["0", "0.0123", "2.5", "100", "1,230", "864,000,000"]);
});

test("dollars have cents, and what is less than half of one is not called nothing", () => {
  expect([0, 0.004, 0.006, 1_234.5].map(dollars)).toEqual(["0.00", "< 0.01", "0.01", "1,234.50"]);
});

test("exact figures, shares and spans", () => {
  expect(exact(40_960)).toBe("40,960");
  expect([0.0004, 0.025, 1].map(share)).toEqual(["< 0.1 %", "2.5 %", "100 %"]);
  expect([30, 240, 7_200, 200_000, 1e9].map(span)).toEqual(["30 s", "4 min", "2 hours", "2.31 days", "31.7 years"]);
});

test("a table has its figures on the right", () => {
  expect(table(["a", "b"], [["x", "1"]])).toBe("| a | b |\n| --- | ---: |\n| x | 1 |");
});
