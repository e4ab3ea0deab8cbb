import { describe, expect, it } from "vitest";
import { Turns } from "./turns.ts";

describe("Turns.next", () => {
  it("lets all who wait go on in one turn of the event loop, in the order they came", async () => {
    const turns = new Turns();
    const order: string[] = [];
    const wait = async (name: string): Promise<void> => {
      await turns.next();
      if (order.length === 0) setTimeout(() => order.push("the turn after"), 0);
      order.push(name);
    };
    const all = [wait("a"), wait("b")];
    await Promise.resolve();
    all.push(wait("c"));
    await Promise.all(all);
    await turns.next();
    expect(order).toEqual(["a", "b", "c", "the turn after"]);
  });

  it("is another turn for who comes after it", async () => {
    const turns = new Turns();
    const first = turns.next();
    await first;
    expect(turns.next()).not.toBe(first);
  });
});
