import { afterEach, describe, expect, test, vi } from "vitest";
import { chosenVars } from "./worker-bindings.ts";

const choose = (environment: Readonly<Record<string, string>>): Record<string, string> => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return chosenVars();
};
afterEach(() => vi.unstubAllEnvs());

describe("chosenVars", () => {
  test("what is chosen, and nothing else of the environment; one without its neighbour, too", () => {
    expect(choose({ DUPLICATE_POLICY: "reject", CHAOS: "on", ORDER_HOSTS: "8", STOCK_PLACEMENT: "", PAYMENT_PROVIDER: "stripe" })).toEqual({
      DUPLICATE_POLICY: "reject",
      CHAOS: "on",
      ORDER_HOSTS: "8",
    });
  });

  test.each([
    ["DUPLICATE_POLICY", "bogus", 'expected one of "replay"|"reject"'],
    ["CHAOS", "yes", 'expected one of "on"|"off"'],
    ["ORDER_PLACEMENT", "anywhere", 'expected one of "per-order"|"pooled"'],
    ["ORDER_HOSTS", "many", "expected number"],
    ["STOCK_HOSTS", "0", ">=1"],
  ])("%s=%s is refused by its name, with what is allowed", (name, value, allowed) => {
    const choosing = (): unknown => choose({ [name]: value });
    expect(choosing).toThrow(`${name}=${value} is not valid: `);
    expect(choosing).toThrow(allowed);
  });

  test("two that are wrong are named both, each in a line", () => {
    expect(() => choose({ DUPLICATE_POLICY: "bogus", CHAOS: "yes" })).toThrow(/^DUPLICATE_POLICY=bogus .*\nCHAOS=yes .*$/);
  });
});
