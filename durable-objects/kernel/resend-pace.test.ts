import { describe, expect, it } from "vitest";
import { ResendPace } from "./resend-pace.ts";

/** Rows that are due without end, sent again as soon and as many as may be. @returns The sizes of the portions. */
function portions(count: number, confirmedAfterMs: number): readonly number[] {
  const pace = new ResendPace();
  const sizes: number[] = [];
  const confirmations: { readonly atMs: number; readonly ids: readonly string[] }[] = [];
  for (let nowMs = 0; sizes.length < count; nowMs += 50) {
    for (const { ids } of confirmations.filter(({ atMs }) => atMs === nowMs)) pace.heard(ids);
    const size = pace.portion(nowMs);
    if (size === 0) continue;
    const ids = Array.from({ length: size }, (_each, index) => `${sizes.length} ${index}`);
    pace.sent(ids, nowMs);
    confirmations.push({ atMs: nowMs + confirmedAfterMs, ids });
    sizes.push(size);
  }
  return sizes;
}

describe("ResendPace", () => {
  it("sends more and more again of what is confirmed then: it was lost", () => {
    expect(portions(5, 200)).toEqual([100, 200, 400, 500, 500]);
  });

  it.each([1_050, 2_100, 4_000])("does so too when consumers take %i ms to confirm", (confirmedAfterMs) => {
    const sizes = portions(15, confirmedAfterMs);
    expect(Math.min(...sizes)).toBe(100);
    expect(sizes.at(-1)).toBe(500);
  });

  it("sends less and less again of what nobody confirms for 5 s: it is only late", () => {
    expect(portions(9, Infinity)).toEqual([100, 100, 100, 100, 100, 25, 10, 10, 10]);
  });

  it("sends more again when consumers are back, one by one at first", () => {
    const pace = new ResendPace();
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1_000) pace.sent([`row ${nowMs}`], nowMs);
    expect(pace.portion(10_000)).toBe(10);
    pace.heard(Array.from({ length: 5 }, (_each, index) => `row ${index * 1_000}`));
    expect(pace.portion(10_000)).toBe(20);
  });

  it("hears of no row twice, and of none that was not sent again", () => {
    const pace = new ResendPace();
    pace.sent(
      Array.from({ length: 100 }, (_each, index) => `row ${index}`),
      0,
    );
    for (let time = 0; time < 100; time += 1) pace.heard(["row 0", "another"]);
    expect(pace.portion(1_000)).toBe(100);
  });

  it("waits a second after each portion, however small, and for nothing before the first", () => {
    const pace = new ResendPace();
    expect(pace.nextAtMs(5_000)).toBe(-Infinity);
    pace.sent(["row"], 5_000);
    expect([5_000, 5_999, 6_000].map((nowMs) => pace.portion(nowMs) > 0)).toEqual([false, false, true]);
    expect(pace.nextAtMs(5_500)).toBe(6_000);
  });

  it("goes on at once when the clock is set back", () => {
    const pace = new ResendPace();
    pace.sent(["row"], 100_000);
    expect(pace.nextAtMs(7_000)).toBe(7_000);
    expect(pace.portion(7_000)).toBeGreaterThan(0);
  });
});
