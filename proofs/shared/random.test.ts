import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";

describe("seededRandom", () => {
  it("the same seed gives the same numbers, another one others", () => {
    const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("between includes both ends and nothing beyond", () => {
    const random = seededRandom(1);
    expect(new Set(Array.from({ length: 500 }, () => random.between(2, 5)))).toEqual(new Set([2, 3, 4, 5]));
  });

  it("weighted follows the weights, and never picks a name without one", () => {
    const random = seededRandom(1);
    const drawn = Map.groupBy(
      Array.from({ length: 4_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 })),
      (name) => name,
    );
    expect(drawn.get("never")).toBeUndefined();
    expect((drawn.get("often")?.length ?? 0) / 4_000).toBeCloseTo(0.75, 1);
  });

  it("what a fork draws does not move the one it came from, and forks differ by name", () => {
    const [one, other] = [seededRandom(3), seededRandom(3)];
    const fork = one.fork("a");
    fork.next();
    expect(one.next()).toBe(other.next());
    expect(seededRandom(3).fork("a").next()).not.toBe(seededRandom(3).fork("b").next());
  });
});
