/** A peer's own application: Node running `<peer>/app/main.ts` on the packages installed in bench/peers. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startChildServer, type ChildServer } from "./child-server.ts";

export interface NodeAppOptions {
  readonly peer: "restate" | "dbos" | "postgres";
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly answers: () => Promise<void>;
}

/** The same Node that runs the bench, in production mode. @throws When it does not come up; nothing is left running then. */
export async function startNodeApp({ peer, dir, env, answers }: NodeAppOptions): Promise<ChildServer> {
  const main = fileURLToPath(new URL(`../${peer}/app/main.ts`, import.meta.url));
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", main];
  return startChildServer({ name: `${peer}-app`, command, dir, env: { NODE_ENV: "production", ...env }, answers });
}

/** @throws When the package is not installed: the bench then leaves this peer out. */
export function requirePackage(name: string): void {
  const path = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${name} is not installed: run \`npm ci\` in bench/peers`);
}

/** @throws When nothing answers there, or with a status that is not 2xx. */
export async function expectOk(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}
