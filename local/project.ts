/** Where things are in this project. */
import { fileURLToPath } from "node:url";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const projectRoot = fromRoot("");
/** What `npm start`, `npm run dev`, `npm run migrate` and `npm run reset` keep and clear. */
export const defaultStateDir = fromRoot(".local");
export const migrationsDir = fromRoot("migrations");

/** Every Worker's own config, the public one first. */
export const workerConfigs: readonly string[] = [
  fromRoot("wrangler.toml"),
  ...["orders", "inventory", "payment", "notifications", "ops"].map((name) => fromRoot(`workers/${name}/wrangler.toml`)),
];
