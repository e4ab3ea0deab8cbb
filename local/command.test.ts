import { afterEach, expect, test, vi } from "vitest";
import { printStarting } from "./command.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test.each([
  ["", false],
  ["local", false],
  ["production", true],
])("printStarting: ENVIRONMENT=%s, told that it is not used: %s", (environment, told) => {
  vi.stubEnv("ENVIRONMENT", environment);
  const out = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const warned = vi.spyOn(console, "error").mockImplementation(() => undefined);
  printStarting();
  expect(out).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^Starting Holdfast/));
  expect(warned).toHaveBeenCalledTimes(told ? 1 : 0);
  if (told) expect(warned).toHaveBeenCalledWith(expect.stringContaining("ENVIRONMENT=production is not used"));
});
