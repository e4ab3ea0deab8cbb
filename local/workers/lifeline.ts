/** Ties child processes to this one through `lifeline.sh`, so that a kill -9 leaves nothing behind. */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { accessSync, chmodSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("lifeline.sh", import.meta.url));

/**
 * A command that died by itself leaves its watcher at the other end of the pipe, and miniflare, which destroys the pipe of a runtime that it
 * ends, leaves a dead one's open: Node would wait for it for ever. Every new child is told of on this channel, before its pipes are there.
 */
subscribe("child_process", (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  child.once("exit", () => {
    if (child.spawnfile === script) child.stdio[3]?.destroy();
  });
});

/**
 * The environment that makes miniflare (ours, and the one in `wrangler dev`) start workerd on a lifeline. Empty where the
 * script cannot run (Windows; a checkout on a disk without execute permission): workerd then runs without one.
 */
export function tiedWorkerdEnv(): Record<string, string> {
  return canTie() ? { MINIFLARE_WORKERD_PATH: script, HOLDFAST_WORKERD: workerdPath() } : {};
}

/** `spawn`, on a lifeline where that can be. @param options.stdio Of the first three descriptors. */
export function spawnTied(
  command: readonly [string, ...string[]],
  options: Omit<SpawnOptions, "stdio"> & { stdio: readonly ["ignore", "inherit", "inherit"] },
): ChildProcess {
  const [program, ...args] = canTie() ? ([script, ...command] as const) : command;
  const child = spawn(program, args, { ...options, stdio: [...options.stdio, "pipe"] });
  // The watcher at the other end waits for us to go; we must not wait for the watcher.
  (child.stdio[3] as Socket).unref();
  return child;
}

function workerdPath(): string {
  const fromHere = createRequire(import.meta.url);
  const fromMiniflare = createRequire(fromHere.resolve("miniflare"));
  return (fromMiniflare("workerd") as { readonly default: string }).default;
}

const canTie = (): boolean => process.platform !== "win32" && isExecutable(script);

function isExecutable(path: string): boolean {
  try {
    chmodSync(path, 0o755);
  } catch {
    // Somebody else's file, or a read-only disk: it may be executable all the same.
  }
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
