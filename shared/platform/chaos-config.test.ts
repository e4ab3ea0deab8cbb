import { describe, expect, test } from "vitest";
import { z } from "zod";
import { chaosEnv, once } from "./config.ts";

describe("chaosEnv", () => {
  test.each([
    [{}, false],
    [{ CHAOS: "off", ENVIRONMENT: "production" }, false],
    [{ CHAOS: "off", ENVIRONMENT: "local" }, false],
    [{ CHAOS: "on", ENVIRONMENT: "local" }, true],
    [{ CHAOS: "on", ENVIRONMENT: "staging" }, true],
  ])("%j: chaos is %s", (env, chaos) => {
    expect(once(chaosEnv)(env)).toEqual({ chaos });
  });

  test.each([
    [{ CHAOS: "on", ENVIRONMENT: "production" }, "CHAOS=on is refused where ENVIRONMENT is production"],
    [{ CHAOS: "on" }, "CHAOS=on is refused where ENVIRONMENT is production"],
    [{ CHAOS: "on", ENVIRONMENT: "prod" }, "ENVIRONMENT"],
    [{ CHAOS: "yes", ENVIRONMENT: "local" }, "CHAOS"],
  ])("%j: a Worker refuses to run, whatever part of its configuration it asks for", (env, reason) => {
    expect(() => once(z.object({}))(env)).toThrow(reason);
    expect(() => once(z.object({}))(env)).toThrow("This Worker refuses to run.");
  });
});
