import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JoinedOrderReply, PlaceOrderCommand, PlaceOrderReply } from "../../shared/contracts/rpc.ts";
import { Deadlines } from "../kernel/deadlines.ts";
import { answerTogether } from "./answer-together.ts";
import type { Caller } from "./caller.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What becomes of one order: after how many ms it is answered, whether it was placed by then, whether it fails. */
interface Fate {
  readonly endsMs: number;
  readonly begins?: boolean;
  readonly fails?: boolean;
}

const replyOf = (index: number): PlaceOrderReply => ({ kind: "mismatch", fields: [`body.${index}`] });

/** The replies, after how many ms they came, and of which orders the end could still be answered when it came. */
async function answer(
  ...fates: readonly Fate[]
): Promise<{ replies: readonly JoinedOrderReply[]; afterMs: number; heard: readonly number[] }> {
  const startedAtMs = Date.now();
  const heard: number[] = [];
  const commands = fates.map((_, index) => ({ name: String(index) }) as PlaceOrderCommand);
  const place = async ({ name }: PlaceOrderCommand, { onBegun, isThere }: Caller): Promise<PlaceOrderReply> => {
    const { endsMs, begins = true, fails = false } = fates[Number(name)] ?? { endsMs: 0 };
    await Promise.resolve();
    if (begins) onBegun();
    if (endsMs > 0) await new Promise((resolve) => setTimeout(resolve, endsMs));
    if (isThere()) heard.push(Number(name));
    if (fails) throw new Error("the disk is full");
    return replyOf(Number(name));
  };
  const answered = answerTogether(commands, { place, deadlines: new Deadlines() }).then((replies) => ({
    replies,
    afterMs: Date.now() - startedAtMs,
  }));
  await vi.advanceTimersByTimeAsync(10_000);
  return { ...(await answered), heard };
}

const text = (index: number): string => JSON.stringify(replyOf(index));

describe("answerTogether", () => {
  test("all that end in one moment are answered in it, in the order of the commands", async () => {
    expect(await answer({ endsMs: 7 }, { endsMs: 7 }, { endsMs: 7 })).toMatchObject({ replies: [text(0), text(1), text(2)], afterMs: 7 });
  });

  test("those that end a little later are waited for, and no longer than until the last has ended", async () => {
    expect(await answer({ endsMs: 12 }, { endsMs: 5 }, { endsMs: 9 })).toMatchObject({ replies: [text(0), text(1), text(2)], afterMs: 12 });
  });

  test("nobody waits longer than 20 ms for a neighbour: what has begun is told so, what has not is told nothing", async () => {
    const { replies, afterMs } = await answer({ endsMs: 5 }, { endsMs: 5_000 }, { endsMs: 5_000, begins: false });
    expect(replies).toEqual([text(0), "begun", null]);
    expect(afterMs).toBeGreaterThanOrEqual(20);
    expect(afterMs).toBeLessThanOrEqual(26);
  });

  test("an order that fails is told nothing, and costs its neighbours nothing", async () => {
    const { replies, afterMs } = await answer({ endsMs: 5, fails: true, begins: false }, { endsMs: 5 });
    expect([replies, afterMs]).toEqual([[null, text(1)], 5]);
  });

  test("a replay, which is answered at once, waits for the orders that are placed: it must not cut their batch short", async () => {
    const replay = { endsMs: 0, begins: false };
    expect(await answer(replay, { endsMs: 40 }, { endsMs: 45 })).toMatchObject({ replies: [text(0), text(1), text(2)], afterMs: 45 });
    expect(await answer(replay, replay)).toMatchObject({ replies: [text(0), text(1)], afterMs: 0 });
  });

  test("when all take long, they are told after a second that they have begun", async () => {
    const { replies, afterMs } = await answer({ endsMs: 8_000 }, { endsMs: 8_000 });
    expect(replies).toEqual(["begun", "begun"]);
    expect(afterMs).toBeGreaterThanOrEqual(1_000);
    expect(afterMs).toBeLessThan(1_050);
  });

  test("what ends after the answer changes nothing of it", async () => {
    const { replies, heard } = await answer({ endsMs: 5 }, { endsMs: 100 });
    expect(replies).toEqual([text(0), "begun"]);
    // Nobody hears of it, so its host must not take it for told.
    expect(heard).toEqual([0]);
  });
});
