/** One Worker's code as one module, bundled the way `wrangler deploy` does it. */
import { exec } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { build, stop, type BuildOptions } from "esbuild";
import type { WorkerConfig } from "./wrangler-config.ts";

/** wrangler's own settings for a Worker without Node compatibility; kept beside each other so that they can be compared. */
const asWranglerDoes: BuildOptions = {
  bundle: true,
  format: "esm",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
  define: { "process.env.NODE_ENV": '"production"', "globalThis.process.env.NODE_ENV": '"production"' },
  loader: { ".txt": "text", ".html": "text", ".sql": "text", ".bin": "binary" },
  sourcemap: "linked",
  logLevel: "silent",
};

export interface BundleOptions {
  readonly outDir: string;
  readonly name: string;
  /** A config's `keep_names`. */
  readonly keepNames: boolean;
}

/**
 * @returns The bundle's path.
 * @throws esbuild's BuildFailure, whose message names file and line.
 */
export async function bundleWorker(main: string, options: BundleOptions): Promise<string> {
  await mkdir(options.outDir, { recursive: true });
  const outfile = join(options.outDir, `${options.name}.js`);
  underWay += 1;
  try {
    await build({ ...asWranglerDoes, keepNames: options.keepNames, entryPoints: [main], outfile });
  } finally {
    underWay -= 1;
    // esbuild's process would stay, with all it has read (measured: 300 MB), for as long as ours.
    if (underWay === 0) await stop();
  }
  return outfile;
}

let underWay = 0;

/** A config's own `[build] command`, which wrangler runs before it bundles. @throws When it fails, with what it wrote. */
export async function runBuildCommand({ build: { command, cwd }, configPath }: WorkerConfig): Promise<void> {
  if (command === undefined) return;
  // With this very Node first, so that `node` in it reads TypeScript whatever is installed.
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  await promisify(exec)(command, { cwd: cwd ?? dirname(configPath), env });
}
