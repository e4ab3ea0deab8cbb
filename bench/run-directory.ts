/** A directory for everything a run makes, which goes away with the process, however that ends (but for SIGKILL). */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** @param parent On the disk to be measured. */
export function makeRunDirectory(parent: string): string {
  const directory = mkdtempSync(join(parent, "holdfast-bench-"));
  // PostgreSQL runs as nobody where the bench runs as root, and its directory is below.
  chmodSync(directory, 0o711);
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.once(signal, () => process.exit(code));
  return directory;
}
