/**
 * The production bundles and the plan of the Workers, made once for a run, in a process of its own: reading wrangler's configs takes
 * longer than all the rest of a start, and leaves 500 MB in the process that did it, which are no part of what runs.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("build.ts", import.meta.url));

/**
 * @param directory Where the build is made, at its first use.
 * @returns A function that puts it into a state directory, for a start with `reuseBuild`. It throws when a config or a bundle is wrong.
 */
export function buildOnce(directory: string): (stateDir: string) => Promise<void> {
  let made: Promise<void> | undefined;
  return async (stateDir) => {
    await (made ??= build(directory));
    await installBuild(directory, stateDir);
  };
}

async function build(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await promisify(execFile)(process.execPath, [script, directory]);
}

/** The plan names its bundles by their whole paths. */
async function installBuild(from: string, stateDir: string): Promise<void> {
  const to = join(stateDir, "build");
  await mkdir(to, { recursive: true });
  await cp(from, to, { recursive: true });
  const plan = await readFile(join(from, "plan.json"), "utf8");
  await writeFile(join(to, "plan.json"), plan.replaceAll(JSON.stringify(from).slice(1, -1), JSON.stringify(to).slice(1, -1)));
}
