import { describe, expect, test } from "vitest";
import { AskingPace } from "./asking-pace.ts";

const times = (count: number, ask: () => number): number[] => Array.from({ length: count }, ask);

describe("AskingPace", () => {
  test("so many at once, and then one after the other", () => {
    const pace = new AskingPace({ atOnce: 3, apartMs: 5 });
    expect(times(6, () => pace.waitMs(1_000, 100))).toEqual([0, 0, 0, 5, 10, 15]);
  });

  test("who comes later waits for those before him only", () => {
    const pace = new AskingPace({ atOnce: 1, apartMs: 10 });
    expect(times(3, () => pace.waitMs(1_000, 100))).toEqual([0, 10, 20]);
    expect(pace.waitMs(1_015, 100)).toBe(15);
    expect(pace.waitMs(1_040, 100)).toBe(0);
  });

  test("after a quiet time as many at once again", () => {
    const pace = new AskingPace({ atOnce: 3, apartMs: 5 });
    times(3, () => pace.waitMs(1_000, 100));
    expect(times(4, () => pace.waitMs(1_015, 100))).toEqual([0, 0, 0, 5]);
  });

  test("nobody waits longer than he may, nor do others wait for him then", () => {
    const pace = new AskingPace({ atOnce: 1, apartMs: 10 });
    expect(times(5, () => pace.waitMs(1_000, 15))).toEqual([0, 10, 15, 15, 15]);
    expect(pace.waitMs(1_000, 100)).toBe(20);
  });

  test("a clock that was set back keeps nobody waiting", () => {
    const pace = new AskingPace({ atOnce: 1, apartMs: 10 });
    pace.waitMs(1_000_000, 100);
    expect(times(2, () => pace.waitMs(1_000, 100))).toEqual([0, 10]);
  });
});
