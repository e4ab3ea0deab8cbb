/** `.local/log/workers.log`: the Workers' console lines, and on stdout too from the moment it is asked for. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

export interface WorkerLog extends AsyncDisposable {
  readonly write: (line: string) => void;
  /** From now on, not before: what comes first would drown the summary. */
  showOnStdout(): void;
}

/** Appends to the file of the run before. */
export async function openLog(stateDir: string): Promise<WorkerLog> {
  await mkdir(join(stateDir, "log"), { recursive: true });
  const file = createWriteStream(join(stateDir, "log", "workers.log"), { flags: "a" });
  await once(file, "open");
  let onStdout = false;
  // Whoever reads stdout may go away (`npm start | head`); the cloud goes on.
  process.stdout.on("error", () => (onStdout = false));
  return {
    write(line) {
      file.write(`${line}\n`);
      if (onStdout) process.stdout.write(`${line}\n`);
    },
    showOnStdout: () => void (onStdout = true),
    async [Symbol.asyncDispose]() {
      file.end();
      await once(file, "finish");
    },
  };
}
