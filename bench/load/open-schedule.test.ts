import { describe, expect, it } from "vitest";
import { OpenSchedule } from "./open-schedule.ts";

describe("OpenSchedule", () => {
  it("orders are evenly spaced, and as many as rate and time say", () => {
    const schedule = new OpenSchedule({ rate: 200, warmUpMs: 500, measureMs: 1_000 });
    expect(schedule.total).toBe(300);
    expect([0, 1, 299].map((index) => schedule.dueAtMs(index))).toEqual([0, 5, 1_495]);
  });

  it("an order is taken when it is due and not before, each once", () => {
    const schedule = new OpenSchedule({ rate: 100, warmUpMs: 0, measureMs: 30 });
    expect(schedule.takeDue(0)).toBe(0);
    expect(schedule.takeDue(9.9)).toBeUndefined();
    expect(schedule.waitMs(9)).toBe(1);
    expect([schedule.takeDue(25), schedule.takeDue(25), schedule.takeDue(25)]).toEqual([1, 2, undefined]);
    expect(schedule.waitMs(25)).toBeUndefined();
  });

  it("the window begins where the warm-up ends", () => {
    const schedule = new OpenSchedule({ rate: 10, warmUpMs: 1_000, measureMs: 1_000 });
    expect([9, 10, 19, 20].map((index) => schedule.isMeasured(index))).toEqual([false, true, true, false]);
  });

  it("a rate of 0 is refused", () => {
    expect(() => new OpenSchedule({ rate: 0, warmUpMs: 0, measureMs: 1_000 })).toThrow("above 0");
  });
});
