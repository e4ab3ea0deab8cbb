import { afterEach, beforeEach, vi } from "vitest";

type LogLine = Readonly<Record<string, unknown>>;

/** The lines that the code under test logs, parsed, instead of on the console. Call at the top of a test file. */
export function captureLogs(): { readonly lines: LogLine[] } {
  const captured: { lines: LogLine[] } = { lines: [] };
  beforeEach(() => {
    captured.lines = [];
    for (const level of ["debug", "info", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => {
        captured.lines.push(JSON.parse(line) as LogLine);
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return captured;
}
