import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGremlins } from "./parse-gremlins.ts";
import { rule } from "./testing/gremlins.ts";

describe("parseGremlins reads", () => {
  test.each([
    ["payment=error", [rule()]],
    ["inventory=latency:500", [rule({ service: "inventory", kind: "latency", delayMs: 500 })]],
    [
      "payment=drop-reply; p=0.5; seed=7, inventory=latency:500",
      [rule({ kind: "drop-reply", probability: 0.5, seed: 7 }), rule({ service: "inventory", kind: "latency", delayMs: 500 })],
    ],
    ["payment=timeout;operation=look_up;times=2", [rule({ kind: "timeout", operation: "look_up", times: 2 })]],
    ["queues=drop; operation=order-events", [rule({ service: "queues", kind: "drop", operation: "order-events" })]],
    ["  payment=error ; p=1 ,  cache=error  ", [rule(), rule({ service: "cache" })]],
    ["payment=error; seed=4294967295", [rule({ seed: 2 ** 32 - 1 })]],
  ])("%s", (header, gremlins) => {
    expect(parseGremlins(header)).toEqual({ ok: true, gremlins });
  });
});

describe("parseGremlins refuses", () => {
  test.each([
    ["", "service=kind"],
    ["payment", "service=kind"],
    ["payment=", "service=kind"],
    ["=error", "service=kind"],
    ["payment = error", "service=kind"],
    ["PAYMENT=error", "service=kind"],
    ["payment=error,", "service=kind"],
    [",payment=error", "service=kind"],
    ["payment=error=error", "service=kind"],
    ["orders=error", "No such service"],
    ["payment=explode", "No such kind"],
    ["payment=toString", "service=kind"],
    ["payment=latency", "takes its ms"],
    ["payment=error:5", "takes its ms"],
    ["payment=latency:0", "delay"],
    ["payment=latency:60001", "delay"],
    ["payment=latency:1e3", "service=kind"],
    ["payment=latency:-5", "service=kind"],
    ["payment=error;", "name=value"],
    ["payment=error; p", "name=value"],
    ["payment=error; q=1", "No such parameter"],
    ["payment=error; p=1; p=1", "there twice"],
    ["payment=error; p=0", "p:"],
    ["payment=error; p=1.5", "p:"],
    ["payment=error; p=.5", "p:"],
    ["payment=error; p=1e-3", "p:"],
    ["payment=error; seed=1.5", "seed:"],
    ["payment=error; seed=4294967296", "seed:"],
    ["payment=error; times=0", "times:"],
    ["payment=error; operation=reserve", "One of charge, look_up, void, refund"],
    ["payment=drop", "Only what goes into queues"],
    [Array.from({ length: 9 }, () => "payment=error").join(), "More than 8"],
  ])("%s", (header, reason) => {
    expect(parseGremlins(header)).toEqual({ ok: false, reason: expect.stringContaining(reason) as string });
  });

  test("whatever it is given, it answers, and its reason is short", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.stringMatching(/^[a-z=;:,0-9. -]*$/)), (header) => {
        const parsed = parseGremlins(header);
        return parsed.ok || parsed.reason.length < 200;
      }),
    );
  });
});
