import { expect, it, vi } from "vitest";
import { readOptions } from "./options.ts";
import { chooseSystems } from "./systems.ts";

it("chooseSystems notes for the report what it leaves out", async () => {
  const note = vi.fn<(line: string) => void>();
  const options = readOptions(["--systems", "floor", "--records", "pglite"]);
  const systems = await chooseSystems(options, { directory: "", say: () => undefined, note });
  expect(systems.length).toBeGreaterThan(0);
  expect(systems.filter(({ placement }) => placement.includes("with records"))).toEqual([]);
  expect(note).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("left out"));
});
