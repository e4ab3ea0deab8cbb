/** The packages of the peers, installed by the bench the first time it measures one: nobody else needs them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const directory = fileURLToPath(new URL("peers", import.meta.url));
const deadlineMs = 300_000;

let done: Promise<string | undefined> | undefined;

/** Once for a run. @returns Why they cannot be had; undefined when they are there. */
export function installPeers(say: (line: string) => void): Promise<string | undefined> {
  return (done ??= existsSync(`${directory}/node_modules`) ? Promise.resolve(undefined) : install(say));
}

async function install(say: (line: string) => void): Promise<string | undefined> {
  say("npm install in bench/peers: the packages of the peers");
  try {
    await promisify(execFile)("npm", ["install", "--no-fund", "--no-audit"], { cwd: directory, timeout: deadlineMs });
    return undefined;
  } catch (error) {
    return `npm install in bench/peers failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
