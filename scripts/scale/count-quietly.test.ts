import { describe, expect, test, vi } from "vitest";
import { countQuietly } from "./count-quietly.ts";
import type { Counts } from "./count-orders.ts";
import { smallCounts } from "./testing/small-counts.ts";

/** What another process delayed: a journey with a call more, and more bytes in a host. */
const withRetry = (calls: number): Counts => {
  const { sold } = smallCounts.journeys;
  const tally = { ...sold.tally, "object request/StockActor.reserve": calls };
  return { ...smallCounts, journeys: { ...smallCounts.journeys, sold: { ...sold, tally } } };
};
const withBytes = (hostBytesPerOrder: number): Counts => ({ ...smallCounts, pooled: { ...smallCounts.pooled, hostBytesPerOrder } });

/** Runs that come to these counts, or fail with an error, one after the other. */
function runsOf(...outcomes: readonly (Counts | Error)[]) {
  const count = vi.fn<() => Promise<Counts>>();
  for (const outcome of outcomes) {
    if (outcome instanceof Error) count.mockRejectedValueOnce(outcome);
    else count.mockResolvedValueOnce(outcome);
  }
  return count;
}
const unknown = (): Promise<boolean> => Promise.resolve(false);
const isSmall = (counts: Counts): Promise<boolean> => Promise.resolve(counts === smallCounts);

describe("countQuietly", () => {
  test("what the document has already is counted once", async () => {
    const count = runsOf(smallCounts);
    expect(await countQuietly({ count, isKnown: isSmall })).toBe(smallCounts);
    expect(count).toHaveBeenCalledTimes(1);
  });

  test("a run with a retry in it is no reason to say that the document is out of date", async () => {
    const count = runsOf(withRetry(2), smallCounts);
    expect(await countQuietly({ count, isKnown: isSmall })).toBe(smallCounts);
  });

  test("what two runs have come to is taken, though the document says something else", async () => {
    const count = runsOf(withRetry(2), withRetry(2));
    expect(await countQuietly({ count, isKnown: unknown })).toEqual(withRetry(2));
  });

  test("each journey by itself: one that is disturbed in each run does not disturb the others", async () => {
    const count = runsOf(withRetry(2), withBytes(4_100), smallCounts);
    expect(await countQuietly({ count, isKnown: unknown })).toEqual(smallCounts);
    expect(count).toHaveBeenCalledTimes(3);
  });

  test("a run that fails is made again", async () => {
    const say = vi.fn();
    const count = runsOf(new Error("A message was not handled at once"), smallCounts);
    expect(await countQuietly({ count, isKnown: isSmall, say })).toBe(smallCounts);
    expect(say.mock.calls).toEqual([["run 1 failed: Error: A message was not handled at once"]]);
  });

  test("gives up after so many runs, and says what came out differently, and what failed", async () => {
    const count = runsOf(withRetry(2), new Error("POST /v1/orders was answered 202"), withRetry(3), withRetry(4));
    const message = await countQuietly({ count, isKnown: unknown, mostRuns: 4 }).catch(String);
    expect(message).toContain("count again when it is idle");
    expect(message).toContain("\n- journey sold: tally.object request/StockActor.reserve 2, 3, 4\n");
    expect(message).toContain("\n- a run failed: Error: POST /v1/orders was answered 202");
    expect(count).toHaveBeenCalledTimes(4);
  });

  test("gives up when every run fails", async () => {
    const count = vi.fn(() => Promise.reject(new Error("gone")));
    await expect(countQuietly({ count, isKnown: unknown, mostRuns: 2 })).rejects.toThrow("- a run failed: Error: gone");
  });
});
