/** Where things are in this project. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** A variable of the environment; an empty one is not set. */
export const setting = (name: string): string | undefined => (process.env[name] === "" ? undefined : process.env[name]);

export const projectRoot = fromRoot("");
/** What `npm start`, `npm run dev`, `npm run migrate` and `npm run reset` keep and clear: HOLDFAST_STATE_DIR, or `.local/`. */
export const defaultStateDir = resolve(setting("HOLDFAST_STATE_DIR") ?? fromRoot(".local"));
export const migrationsDir = fromRoot("migrations");

/** Every Worker's own config, the public one first. */
export const workerConfigs: readonly string[] = [
  fromRoot("wrangler.toml"),
  ...["orders", "inventory", "payment", "notifications", "ops"].map((name) => fromRoot(`workers/${name}/wrangler.toml`)),
];
