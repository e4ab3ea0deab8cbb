import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

describe("JoinedCalls.callWithNext", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("goes with the next call, and leaves nothing behind that would make another one", async () => {
    const { sent, joined } = doubling();
    const patient = [joined.callWithNext(1, 30), joined.callWithNext(2, 30)];
    await vi.advanceTimersByTimeAsync(29);
    expect(sent).toEqual([]);
    expect(await Promise.all([joined.call(3), ...patient])).toEqual([6, 2, 4]);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([[1, 2, 3]]);
  });

  it("goes by itself when no other call is made in time, with all that have come meanwhile", async () => {
    const { sent, joined } = doubling();
    const patient = [joined.callWithNext(1, 30)];
    await vi.advanceTimersByTimeAsync(20);
    patient.push(joined.callWithNext(2, 30));
    await vi.advanceTimersByTimeAsync(10);
    expect(await Promise.all(patient)).toEqual([2, 4]);
    const later = joined.callWithNext(3, 30);
    await vi.advanceTimersByTimeAsync(30);
    expect(await later).toBe(6);
    expect(sent).toEqual([[1, 2], [3]]);
  });

  it("joins a call that is about to be made", async () => {
    const { sent, joined } = doubling();
    expect(await Promise.all([joined.call(1), joined.callWithNext(2, 30)])).toEqual([2, 4]);
    expect(sent).toEqual([[1, 2]]);
  });
});
