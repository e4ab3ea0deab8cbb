import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepRegistry } from "./registry-keeper.ts";

describe("keepRegistry", () => {
  let directory: string;
  let keeper: Disposable;
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  const remove = (name: string): void => rmSync(join(directory, name));
  const registry = () => Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]));
  const look = (): void => void vi.advanceTimersByTime(1_000);

  beforeEach(() => {
    vi.useFakeTimers();
    directory = mkdtempSync(join(tmpdir(), "holdfast-registry-"));
    write("front", "port 1");
    write("back", "port 2");
    keeper = keepRegistry(directory);
  });

  afterEach(() => {
    keeper[Symbol.dispose]();
    vi.useRealTimers();
    rmSync(directory, { recursive: true, force: true });
  });

  it("a file that is missing at two looks is written back, each time it is lost, and the others are left alone", () => {
    for (const text of ["changed", "changed again"]) {
      write("front", text);
      remove("back");
      look();
      expect(registry()).toEqual({ front: text });
      look();
      expect(registry()).toEqual({ front: text, back: "port 2" });
    }
  });

  it("what is written back is what was there last, and what is written meanwhile stays", () => {
    write("front", "port 3");
    look();
    remove("front");
    remove("back");
    look();
    write("back", "port 4");
    look();
    expect(registry()).toEqual({ front: "port 3", back: "port 4" });
  });

  it("a registry that cannot be read for a while is an error to nobody, and is kept again once it can be", () => {
    rmSync(directory, { recursive: true });
    expect(look).not.toThrow();
    mkdirSync(directory);
    look();
    look();
    expect(registry()).toEqual({ front: "port 1", back: "port 2" });
  });

  it("once ended it writes nothing back", () => {
    keeper[Symbol.dispose]();
    remove("back");
    look();
    look();
    expect(registry()).toEqual({ front: "port 1" });
  });
});
