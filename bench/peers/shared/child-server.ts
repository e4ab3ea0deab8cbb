/** A server that a peer runs as a child process: logged to a file, awaited, and ended by its pid, also when the bench is killed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnTied } from "../../../local/workers/lifeline.ts";
import { killTree } from "../../../proofs/shared/process-tree.ts";

const readyPollMs = 20;

export interface ChildServerOptions {
  /** For messages, and the name of its log: `<name>.log` in `dir`. */
  readonly name: string;
  readonly command: readonly string[];
  /** Its working directory. It must exist. */
  readonly dir: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Rejects as long as the server does not answer yet. */
  readonly answers: () => Promise<void>;
  /** How long it may take until it answers, ms. Default: 60,000. */
  readonly readyWithinMs?: number;
}

export interface ChildServer {
  readonly pid: number;
  /** Asks it to end with `signal`, waits up to `graceMs`, then kills it and all below it. Default: kills at once. */
  stop(how?: { readonly signal: NodeJS.Signals; readonly graceMs: number }): Promise<void>;
}

/** @throws When it ends, or does not answer in time; the message has the end of its log. Nothing is left running then. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const { name, command, dir, env, answers, readyWithinMs = 60_000 } = options;
  const logged = ["sh", "-c", `exec "$@" >>${name}.log 2>&1`, name, ...command] as const;
  const child = spawnTied(logged, { cwd: dir, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] });
  // What cannot be started has no pid, and no answer either.
  child.on("error", () => undefined);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop: ChildServer["stop"] = async (how) => {
    if (child.pid === undefined || child.stdio[3]?.destroyed === true) return;
    if (how !== undefined && !hasEnded()) {
      child.kill(how.signal);
      await until(hasEnded, how.graceMs);
    }
    if (!hasEnded()) await killTree(child.pid);
    // Lets go of the watcher that tied it to us, where it has outlived the server.
    child.stdio[3]?.destroy();
  };
  const giveUpAt = Date.now() + readyWithinMs;
  while (!(await isAnswering(answers))) {
    if (child.pid !== undefined && !hasEnded() && Date.now() < giveUpAt) {
      await sleep(readyPollMs);
      continue;
    }
    await stop();
    throw new Error(`${name} ${hasEnded() ? "ended" : "does not answer"}; its log ends with:\n${await endOfLog(join(dir, `${name}.log`))}`);
  }
  if (child.pid === undefined) throw new Error(`${name} did not start, and something else answers in its place`);
  return { pid: child.pid, stop };
}

async function isAnswering(answers: () => Promise<void>): Promise<boolean> {
  try {
    await answers();
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, withinMs: number): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!condition() && Date.now() < giveUpAt) await sleep(readyPollMs);
}

/** The last 20 lines. */
async function endOfLog(path: string): Promise<string> {
  const log = await readFile(path, "utf8").catch(() => "(no log)");
  return log.trimEnd().split("\n").slice(-20).join("\n");
}
