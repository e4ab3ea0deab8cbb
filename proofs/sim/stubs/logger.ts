/** Stands in for `shared/platform/logger.ts` in the simulator. `HOLDFAST_SIM_LOG=1` lets one replayed seed speak. */
import type { Logger } from "../../../shared/platform/logger.ts";

const speak = process.env["HOLDFAST_SIM_LOG"] === "1";
const write =
  (level: string) =>
  (message: string, fields: object = {}): void => {
    if (speak) console.log(`${(Date.now() / 1_000).toFixed(3).padStart(9)} s  ${level}  ${message}  ${JSON.stringify(fields)}`);
  };

const logger: Logger = { info: write("info"), warn: write("warn"), error: write("error") };

export const createLogger = (): Logger => logger;
