import { describe, expect, it } from "vitest";
import type { Joined } from "../../shared/contracts/rpc.ts";
import { JoinedCalls } from "./joined-calls.ts";

/** Doubles numbers and notes what came as one call; 13 throws. */
function doubling() {
  const sent: (readonly number[])[] = [];
  const joined = new JoinedCalls<number, number>(async (commands) => {
    sent.push(commands);
    return Promise.resolve(
      commands.map((command): Joined<number> => (command === 13 ? { ok: false, error: "unlucky" } : { ok: true, reply: 2 * command })),
    );
  });
  return { sent, joined };
}

describe("JoinedCalls.call", () => {
  it("makes one call of those that come in the same moment, also some steps apart, and gives each its own answer", async () => {
    const { sent, joined } = doubling();
    const late = async (): Promise<number> => {
      await Promise.resolve();
      await Promise.resolve();
      return joined.call(3);
    };
    expect(await Promise.all([joined.call(1), joined.call(2), late()])).toEqual([2, 4, 6]);
    expect(sent).toEqual([[1, 2, 3]]);
  });

  it("makes a new call for what comes later", async () => {
    const { sent, joined } = doubling();
    await joined.call(1);
    await joined.call(2);
    expect(sent).toEqual([[1], [2]]);
  });

  it("fails the one command that threw, and not its neighbours", async () => {
    const { joined } = doubling();
    const results = await Promise.allSettled([joined.call(1), joined.call(13), joined.call(2)]);
    expect(results).toMatchObject([{ value: 2 }, { reason: { message: "unlucky" } }, { value: 4 }]);
  });

  it("fails all when the call fails, and goes on afterwards", async () => {
    let down = true;
    const joined = new JoinedCalls<number, number>((commands) =>
      down ? Promise.reject(new Error("down")) : Promise.resolve(commands.map((reply) => ({ ok: true, reply }))),
    );
    const results = await Promise.allSettled([joined.call(1), joined.call(2)]);
    expect(results).toMatchObject([{ reason: { message: "down" } }, { reason: { message: "down" } }]);
    down = false;
    expect(await joined.call(3)).toBe(3);
  });

  it("cuts what is too much for one call", async () => {
    const { sent, joined } = doubling();
    const numbers = Array.from({ length: 600 }, (_, index) => index + 100);
    expect(await Promise.all(numbers.map((number) => joined.call(number)))).toEqual(numbers.map((number) => 2 * number));
    expect(sent.map((commands) => commands.length)).toEqual([250, 250, 100]);
  });
});
