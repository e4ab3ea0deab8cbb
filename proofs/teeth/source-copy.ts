/** A copy of the source in a temporary directory, so that no bug ever touches the tree that is worked in. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { applyBug, type SeededBug } from "./seeded-bug.ts";

export const projectRoot = join(import.meta.dirname, "../..");

export class SourceCopy implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "holdfast-teeth-"));

  /** What git has and what it would take, as it lies on disk now. */
  constructor() {
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: projectRoot,
      encoding: "utf8",
    });
    for (const path of new Set(listed.split("\0"))) if (path !== "" && existsSync(join(projectRoot, path))) this.#copy(path);
    symlinkSync(join(projectRoot, "node_modules"), join(this.root, "node_modules"));
  }

  /** Runs the work on the copy with the bug in it. */
  async with<Result>(bug: SeededBug, work: () => Promise<Result>): Promise<Result> {
    const path = join(this.root, bug.file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, applyBug(source, bug));
    try {
      return await work();
    } finally {
      writeFileSync(path, source);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }

  #copy(path: string): void {
    const target = join(this.root, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(projectRoot, path), target);
  }
}
