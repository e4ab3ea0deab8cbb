import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChaosCall, Gremlin, GremlinRule } from "../contracts/chaos.ts";
import { decide, drawFaults, hasFaults, mergeFaults, noFaults } from "./draw-faults.ts";
import { GremlinSet } from "./gremlin-set.ts";
import { rule } from "./testing/gremlins.ts";

const gremlin = (members: Partial<Gremlin> = {}): Gremlin => ({ ...rule(members), enabled: true, seen: 0, fired: 0, ...members });
const charge: ChaosCall = { service: "payment", operation: "charge" };
const hits = (members: Partial<GremlinRule>, calls: number): boolean[] =>
  Array.from({ length: calls }, (_, counter) => decide(rule(members), counter));

describe("decide", () => {
  test("the same seed hits the same calls, another one others", () => {
    expect(hits({ probability: 0.5, seed: 7 }, 64)).toEqual(hits({ probability: 0.5, seed: 7 }, 64));
    expect(hits({ probability: 0.5, seed: 7 }, 64)).not.toEqual(hits({ probability: 0.5, seed: 8 }, 64));
  });

  test("is pinned: what a seed does is part of the interface", () => {
    const pattern = hits({ probability: 0.5, seed: 7 }, 16).map((hit) => (hit ? "x" : "."));
    expect(pattern.join("")).toMatchInlineSnapshot(`"xxx.xxxx..xx...x"`);
  });

  test("probability 1 hits every call", () => {
    fc.assert(fc.property(fc.nat(2 ** 32 - 1), fc.nat(), (seed, counter) => decide({ probability: 1, seed }, counter)));
  });

  test.each([0.05, 0.5, 0.9])("probability %d hits about that share, whatever the seed", (probability) => {
    for (const seed of [0, 1, 7, 2 ** 31, 2 ** 32 - 1]) {
      const share = hits({ probability, seed }, 4_000).filter(Boolean).length / 4_000;
      expect(Math.abs(share - probability)).toBeLessThan(0.04);
    }
  });
});

describe("drawFaults", () => {
  test.each([
    ["another service", gremlin({ service: "inventory" })],
    ["another operation", gremlin({ operation: "refund" })],
    ["a quiet gremlin", gremlin({ enabled: false })],
    ["one that has hit often enough", gremlin({ times: 3, seen: 9, fired: 3 })],
  ])("%s: nothing happens and nothing is counted", (_what, only) => {
    expect(drawFaults([only], charge)).toEqual({ faults: noFaults, changed: new Map() });
  });

  test("its own operation, and every one when it names none", () => {
    for (const operation of ["charge", null]) expect(drawFaults([gremlin({ operation })], charge).faults.effect).toBe("error");
  });

  test("a miss is seen and has not fired", () => {
    const miss = gremlin({ probability: Number.MIN_VALUE });
    expect(drawFaults([miss], charge)).toEqual({ faults: noFaults, changed: new Map([[0, { ...miss, seen: 1 }]]) });
  });

  test("delays add up; the first effect is the one, and the next does not see the call", () => {
    const gremlins = [
      gremlin({ kind: "latency", delayMs: 100 }),
      gremlin({ kind: "drop-reply" }),
      gremlin({ kind: "error" }),
      gremlin({ kind: "latency", delayMs: 20 }),
    ];
    const { faults, changed } = drawFaults(gremlins, charge);
    expect(faults).toEqual({ delayMs: 120, effect: "drop-reply" });
    expect([...changed.keys()]).toEqual([0, 1, 3]);
  });

  test("times: it stops after its last hit", () => {
    const gremlins = new GremlinSet([rule({ times: 2 })]);
    expect(Array.from({ length: 4 }, () => gremlins.draw(charge)?.effect ?? null)).toEqual(["error", "error", null, null]);
  });
});

test("mergeFaults: delays add up, the first effect is the one", () => {
  expect(mergeFaults({ delayMs: 1, effect: null }, { delayMs: 2, effect: "error" })).toEqual({ delayMs: 3, effect: "error" });
  expect(mergeFaults({ delayMs: 0, effect: "timeout" }, { delayMs: 0, effect: "error" })).toEqual({ delayMs: 0, effect: "timeout" });
  expect([hasFaults(noFaults), hasFaults({ delayMs: 1, effect: null }), hasFaults({ delayMs: 0, effect: "drop" })]).toEqual([
    false,
    true,
    true,
  ]);
});
