/** Makes miniflare (ours, and the one in `wrangler dev`) start workerd through `workerd-guard.sh`. */
import { accessSync, chmodSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const guardPath = fileURLToPath(new URL("workerd-guard.sh", import.meta.url));

/**
 * The environment that miniflare reads when it starts workerd. Empty on Windows, which has no such pipes, and where the
 * script cannot be run (a checkout on a disk without execute permission): workerd then runs unguarded.
 */
export function guardedWorkerdEnv(): Record<string, string> {
  if (process.platform === "win32" || !isExecutable(guardPath)) return {};
  return { MINIFLARE_WORKERD_PATH: guardPath, HOLDFAST_WORKERD: workerdPath() };
}

function workerdPath(): string {
  const fromHere = createRequire(import.meta.url);
  const fromMiniflare = createRequire(fromHere.resolve("miniflare"));
  return (fromMiniflare("workerd") as { readonly default: string }).default;
}

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
