import { describe, expect, it } from "vitest";
import { ResendPace } from "./resend-pace.ts";

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_each, index) => `row ${index}`);

/** Sends as many as it may at each second, of which `confirmed` (0 to 1) are confirmed by the next. @returns The portions. */
function portions(confirmed: number, seconds: number): readonly number[] {
  const pace = new ResendPace();
  return Array.from({ length: seconds }, (_each, second) => {
    const portion = pace.portion(second * 1_000);
    pace.sent(ids(portion), second * 1_000);
    pace.done(ids(portion).slice(0, portion * confirmed));
    return portion;
  });
}

describe("ResendPace", () => {
  it("sends more and more again of what is confirmed then: it was lost", () => {
    expect(portions(1, 5)).toEqual([100, 200, 400, 500, 500]);
    expect(portions(0.5, 3)).toEqual([100, 200, 400]);
  });

  it("sends less and less again of what is still not confirmed: it is only late", () => {
    expect(portions(0, 5)).toEqual([100, 25, 10, 10, 10]);
    expect(portions(0.4, 3)).toEqual([100, 25, 10]);
  });

  it("sends more again when consumers are back", () => {
    const pace = new ResendPace();
    pace.sent(ids(10), 0);
    pace.done(ids(10));
    expect(pace.portion(1_000)).toBe(20);
  });

  it("waits a second after each portion, however small, and for nothing before the first", () => {
    const pace = new ResendPace();
    expect(pace.nextAtMs(5_000)).toBe(-Infinity);
    pace.sent(ids(1), 5_000);
    expect([5_000, 5_999, 6_000].map((nowMs) => pace.portion(nowMs) > 0)).toEqual([false, false, true]);
    expect(pace.nextAtMs(5_500)).toBe(6_000);
  });

  it("counts a small portion as small, for the next one is measured by it", () => {
    const pace = new ResendPace();
    pace.sent(ids(1), 0);
    pace.done(ids(1));
    expect(pace.portion(1_000)).toBe(20);
  });

  it("goes on at once when the clock is set back", () => {
    const pace = new ResendPace();
    pace.sent(ids(1), 100_000);
    expect(pace.nextAtMs(7_000)).toBe(7_000);
    expect(pace.portion(7_000)).toBeGreaterThan(0);
  });
});
