/**
 * Stands in for `shared/platform/logger.ts` in the simulator. `HOLDFAST_SIM_LOG=1` lets one replayed seed speak. What an actor
 * survives only because it is tried again is a defect all the same: it is kept, for the end of the run.
 */
import { nodeProcess } from "../../shared/node-process.ts";
import type { Logger } from "../../../shared/platform/logger.ts";

const speak = nodeProcess.env["HOLDFAST_SIM_LOG"] === "1";
let defects: string[] = [];

const write =
  (level: string) =>
  (message: string, fields: object = {}): void => {
    if (speak) console.log(`${(Date.now() / 1_000).toFixed(3).padStart(9)} s  ${level}  ${message}  ${JSON.stringify(fields)}`);
    if (isDefect(message, fields)) defects.push(`${message} ${JSON.stringify(fields)}`);
  };

/** A run that failed for another reason than a crash, or an assertion that did not hold, here or at a neighbour. */
function isDefect(message: string, fields: object): boolean {
  const error = "error" in fields ? String(fields.error) : "";
  // What came with a joined call is told as an error of it.
  return error.includes("Defect:") || (/^a (saga|scheduled) run failed/.test(message) && !error.startsWith("Crash:"));
}

const logger: Logger = { info: write("info"), warn: write("warn"), error: write("error") };

export const createLogger = (): Logger => logger;

/** The defects since the last call. */
export function takeDefects(): readonly string[] {
  const taken = defects;
  defects = [];
  return taken;
}
