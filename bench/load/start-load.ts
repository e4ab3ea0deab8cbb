/** Runs one load in a child process, and tells what became of every order. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AnswerBatch, LoadMessage, LoadPlan, LoadSummary } from "./load-plan.ts";

const script = fileURLToPath(new URL("generator.ts", import.meta.url));

export interface LoadHooks {
  onWindowStart(): void;
  onWindowEnd(): void;
  onAnswers(batch: AnswerBatch): void;
}

/** @throws Error when the generator cannot connect, or ends before it is done. */
export async function runLoad(plan: LoadPlan, hooks: LoadHooks): Promise<LoadSummary> {
  const child = fork(script, { serialization: "advanced", execArgv: [] });
  try {
    const done = untilDone(child, hooks);
    child.send(plan);
    return await done;
  } finally {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

function untilDone(child: ChildProcess, hooks: LoadHooks): Promise<LoadSummary> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The load generator ended with ${String(code)} before it was done`)));
    child.on("message", (message) => {
      try {
        const summary = takeMessage(message as LoadMessage, hooks);
        if (summary !== undefined) resolve(summary);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function takeMessage(message: LoadMessage, hooks: LoadHooks): LoadSummary | undefined {
  switch (message.kind) {
    case "window-start":
      hooks.onWindowStart();
      return undefined;
    case "window-end":
      hooks.onWindowEnd();
      return undefined;
    case "answers":
      hooks.onAnswers(message.batch);
      return undefined;
    case "done":
      return message.summary;
    case "failed":
      throw new Error(`The load generator failed: ${message.message}`);
  }
}
