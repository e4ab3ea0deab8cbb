import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChaosCall, GremlinRule } from "../contracts/chaos.ts";
import { withDeadline } from "../platform/deadline.ts";
import { chaosOf, drawFrom } from "./chaos-of.ts";
import { createChaos } from "./chaos.ts";
import { drawAmong, rule } from "./testing/gremlins.ts";

const charge: ChaosCall = { service: "payment", operation: "charge" };
const chaosAmong = (...rules: readonly GremlinRule[]) => createChaos(drawAmong(...rules).draw, { service: "orders" });
const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);

beforeEach(() => {
  warn.mockClear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that counts how often it is done. */
const counted = () => {
  let times = 0;
  return vi.fn(() => Promise.resolve(`answer ${++times}`));
};

describe("Chaos.run", () => {
  test("no gremlin: the call as it is, and no word of it", async () => {
    const work = counted();
    expect(await chaosAmong(rule({ service: "cache" })).run(charge, work)).toBe("answer 1");
    expect(work).toHaveBeenCalledTimes(1);
    expect(warn).not.toHaveBeenCalled();
  });

  test("error: refused, nothing is done", async () => {
    const work = counted();
    await expect(chaosAmong(rule()).run(charge, work)).rejects.toMatchObject({ name: "OperatingError", retryable: true });
    expect(work).not.toHaveBeenCalled();
  });

  test("drop-reply: done, and the answer lost", async () => {
    const work = counted();
    await expect(chaosAmong(rule({ kind: "drop-reply" })).run(charge, work)).rejects.toThrow("its answer lost");
    expect(work).toHaveBeenCalledTimes(1);
  });

  test("duplicate: done twice, one after the other; the second answer counts", async () => {
    const work = counted();
    expect(await chaosAmong(rule({ kind: "duplicate" })).run(charge, work)).toBe("answer 2");
    const failing = vi.fn(counted()).mockRejectedValueOnce(new Error("the first one failed"));
    expect(await chaosAmong(rule({ kind: "duplicate" })).run(charge, failing)).toBe("answer 1");
    expect(failing).toHaveBeenCalledTimes(2);
  });

  test("timeout: nothing is done and no answer comes; the caller's deadline ends it", async () => {
    const work = counted();
    const call = withDeadline(chaosAmong(rule({ kind: "timeout" })).run(charge, work), 2_000, "payment");
    const ended = expect(call).rejects.toThrow("payment did not answer in 2000 ms");
    await vi.advanceTimersByTimeAsync(2_000);
    await ended;
    expect(work).not.toHaveBeenCalled();
  });

  test("latency: done after the delay, to the millisecond", async () => {
    const work = counted();
    const call = chaosAmong(rule({ kind: "latency", delayMs: 500 })).run(charge, work);
    await vi.advanceTimersByTimeAsync(499);
    expect(work).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toBe("answer 1");
  });

  test("drop: nothing is done, and the caller is told what it wants to hear", async () => {
    const work = counted();
    const sent: ChaosCall = { service: "queues", operation: "notifications" };
    const chaos = chaosAmong(rule({ kind: "drop", service: "queues" }));
    expect(await chaos.run(sent, work, () => "sent")).toBe("sent");
    expect(work).not.toHaveBeenCalled();
  });

  test("what strikes is logged", async () => {
    await expect(chaosAmong(rule()).run(charge, counted())).rejects.toThrow();
    expect(JSON.parse(String(warn.mock.calls[0]?.[0]))).toMatchObject({ target: "payment", operation: "charge", effect: "error" });
  });
});

describe("drawFrom", () => {
  const noFaults = { delayMs: 0, effect: null };

  test("asks the actor for every call, and for no more than the call", async () => {
    const draw = vi.fn(() => Promise.resolve({ delayMs: 1, effect: null }));
    const ask = drawFrom({ draw }, "orders");
    await ask({ ...charge, orderId: "ord_1" });
    expect(await ask(charge)).toEqual({ delayMs: 1, effect: null });
    expect(draw.mock.calls).toEqual([[charge], [charge]]);
  });

  test("an actor that cannot be asked means no gremlin", async () => {
    expect(await drawFrom({ draw: () => Promise.reject(new Error("gone")) }, "orders")(charge)).toEqual(noFaults);
    const broken = (): never => {
      throw new Error("no such binding");
    };
    expect(await drawFrom({ draw: broken }, "orders")(charge)).toEqual(noFaults);
  });

  test("an actor that does not answer is waited for no longer than a second", async () => {
    const asked = drawFrom({ draw: () => new Promise(() => undefined) }, "orders")(charge);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toEqual(noFaults);
  });
});

test("chaosOf is nothing when CHAOS is off, and the binding is not touched", () => {
  const env = {
    get CHAOS_ACTOR(): never {
      throw new Error("touched");
    },
  };
  expect(chaosOf(env, "orders")).toBeUndefined();
});
