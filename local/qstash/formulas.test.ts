import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextRunMs } from "./cron.ts";
import { parseDuration } from "./duration.ts";
import { backoffMs, retryDelayMs } from "./retry-delay.ts";
import { evaluateRetryDelay } from "./retry-expression.ts";

const nowMs = Date.parse("2026-11-21T09:30:15.000Z");
const at = (text: string): number => Date.parse(text);

describe("backoffMs", () => {
  // The vendor's table: https://upstash.com/docs/qstash/features/retry
  it.each([
    [1, 12],
    [2, 148],
    [3, 1_808],
    [4, 22_026],
    [5, 86_400],
    [6, 86_400],
  ])("before retry %i it is %i s", (n, seconds) => {
    expect(Math.floor(backoffMs(n) / 1_000)).toBe(seconds);
  });
});

describe("retryDelayMs", () => {
  const delay = (
    headers: Record<string, string> | null,
    { expression = null, retried = 0 }: { expression?: string | null; retried?: number } = {},
  ) => retryDelayMs({ retried, expression, headers: headers && new Headers(headers), nowMs });

  it.each([
    ["no answer", null, 12_182],
    ["an answer that says nothing", {}, 12_182],
    ["seconds", { "retry-after": "10" }, 10_000],
    ["no time at all", { "retry-after": "0" }, 0],
    ["a duration", { "retry-after": "6m5s" }, 365_000],
    ["a date", { "retry-after": "Sat, 21 Nov 2026 09:31:15 GMT" }, 60_000],
    ["a date that is past", { "retry-after": "Sat, 21 Nov 2026 09:00:00 GMT" }, 0],
    ["a rate limit's reset", { "x-ratelimit-reset": "7" }, 7_000],
    ["more than a day, which is not taken", { "retry-after": "90000" }, 12_182],
    ["nonsense, which is not taken", { "retry-after": "soon" }, 12_182],
  ])("waits as it must after %s", (_name, headers, ms) => {
    expect(delay(headers)).toBe(ms);
  });

  it("takes the publisher's expression when the destination says nothing, for a day at most", () => {
    expect(delay(null, { expression: "1000 * (1 + retried)", retried: 2 })).toBe(3_000);
    expect(delay({ "retry-after": "1" }, { expression: "5000" })).toBe(1_000);
    expect(delay(null, { expression: "exp(retried)", retried: 1_000 })).toBe(86_400_000);
    expect(delay(null, { expression: "0 / (1 - retried)", retried: 1 })).toBe(backoffMs(2));
  });
});

describe("evaluateRetryDelay", () => {
  it.each([
    ["1000", 1_000],
    ["2 + 3 * 4 - 6 / 2", 11],
    ["(2 + 3) * 4", 20],
    ["10 - 2 - 3", 5],
    ["-5 + 8", 3],
    ["-5", 0],
    ["pow(2, retried) * 1000", 8_000],
    ["max(1000, pow(2, retried) * 100)", 1_000],
    ["min(ceil(1.2), floor(3.9)) + round(2.5) + abs(-4) + sqrt(9)", 12],
    ["exp(0)", 1],
  ])("%s is %d at the fourth retry", (text, value) => {
    expect(evaluateRetryDelay(text, 3)).toBe(value);
  });

  it.each(["", "1 +", "(1", "1)", "pow(1)", "sqrt", "sqrt(1, 2)", "constructor(1)", "retries", "1; 2", "0/0", "2 ** 3", "1".repeat(300)])(
    "refuses %s",
    (text) => {
      expect(() => evaluateRetryDelay(text, 0)).toThrow();
    },
  );

  it("agrees with JavaScript about any sum of products", () => {
    const term = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 }).map((factors) => factors.join(" * "));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (terms) => {
        const value = terms.map((one) => one.split(" * ").reduce((product, factor) => product * Number(factor), 1));
        expect(evaluateRetryDelay(terms.join(" + "), 0)).toBe(value.reduce((sum, one) => sum + one, 0));
      }),
    );
  });
});

describe("parseDuration", () => {
  it.each([
    ["50s", 50_000],
    ["1d10h30m", 124_200_000],
    ["1.5s", 1_500],
    ["250ms", 250],
    ["10", undefined],
    ["", undefined],
    ["s", undefined],
    ["1w", undefined],
    ["1s later", undefined],
  ])("%s is %s ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe("nextRunMs", () => {
  it.each([
    ["* * * * *", "2026-11-21T09:31:00Z"],
    ["*/15 * * * *", "2026-11-21T09:45:00Z"],
    ["30 9 * * *", "2026-11-22T09:30:00Z"],
    ["CRON_TZ=America/New_York 0 4 * * *", "2026-11-22T09:00:00Z"],
  ])("%s runs next at %s", (cron, time) => {
    expect(nextRunMs(cron, nowMs)).toBe(at(time));
  });

  it("is after the time given, not at it", () => {
    expect(nextRunMs("* * * * *", at("2026-11-21T09:31:00Z"))).toBe(at("2026-11-21T09:32:00Z"));
  });

  it.each(["", "* * * *", "* * * * * *", "61 * * * *", "CRON_TZ=Mars/Base * * * * *", "0 0 30 2 *"])("refuses %s", (cron) => {
    expect(() => nextRunMs(cron, nowMs)).toThrow("invalid cron");
  });
});
