/** `.local/log/workers.log`: the Workers' console lines, and on stdout too from the moment it is asked for. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Of a Worker's logger, and of what the runtime says of an exception that nobody has caught. */
const tellsOfError = /"level":"error"|\b(?:Uncaught|Error)\b/;

export interface WorkerLog extends AsyncDisposable {
  readonly write: (line: string) => void;
  /** From now on, not before: what comes first would drown the summary. */
  showOnStdout(): void;
  /** What a start failed with, and where to read on: the file, and the last error written to it. As it is while nothing was written. */
  explain(error: unknown): unknown;
}

/** Appends to the file of the run before. */
export async function openLog(stateDir: string): Promise<WorkerLog> {
  await mkdir(join(stateDir, "log"), { recursive: true });
  const path = join(stateDir, "log", "workers.log");
  const file = createWriteStream(path, { flags: "a" });
  await once(file, "open");
  let onStdout = false;
  let empty = true;
  let lastError: string | undefined;
  // Whoever reads stdout may go away (`npm start | head`); the cloud goes on.
  process.stdout.on("error", () => (onStdout = false));
  return {
    write(line) {
      file.write(`${line}\n`);
      empty = false;
      if (tellsOfError.test(line)) lastError = line;
      if (onStdout) process.stdout.write(`${line}\n`);
    },
    showOnStdout: () => void (onStdout = true),
    explain(error) {
      if (empty) return error;
      const shown = lastError === undefined ? "" : `; its last error:\n${withoutStack(lastError)}`;
      return new Error(`${error instanceof Error ? error.message : String(error)}\nWhat the Workers have said is in ${path}${shown}`, {
        cause: error,
      });
    },
    async [Symbol.asyncDispose]() {
      file.end();
      await once(file, "finish");
    },
  };
}

/** The runtime's own, addresses in a binary, tells nobody anything. */
const withoutStack = (text: string): string => text.replace(/\nstack: .*$/s, "");
