/**
 * What is read of a Worker's wrangler config. wrangler's own type of it comes from a package that is not published with it;
 * this names the few fields that are used, so that they are checked.
 */
import { unstable_readConfig } from "wrangler";

export interface WorkerConfig {
  readonly name: string;
  /** Absolute path of the Worker's entry module. */
  readonly main: string;
  readonly configPath: string;
  readonly build: { readonly command?: string; readonly cwd?: string };
  readonly triggers: { readonly crons?: readonly string[] };
  readonly keep_names: boolean;
}

/** @throws Error when the file is no valid config, or has no name or no main. */
export function readWorkerConfig(path: string): WorkerConfig {
  const read = unstable_readConfig as (args: { config: string }, options: { hideWarnings: boolean }) => Partial<WorkerConfig>;
  const { name, main, configPath, build = {}, triggers = {}, keep_names = true } = read({ config: path }, { hideWarnings: true });
  if (name === undefined || main === undefined || configPath === undefined) throw new Error(`${path} has no name or no main`);
  return { name, main, configPath, build, triggers, keep_names };
}

export interface CronTrigger {
  /** The Worker's name. */
  readonly name: string;
  readonly cron: string;
}

export const cronTriggers = (configs: readonly WorkerConfig[]): CronTrigger[] =>
  configs.flatMap(({ name, triggers }) => (triggers.crons ?? []).map((cron) => ({ name, cron })));
