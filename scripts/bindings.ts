/**
 * Writes the types of every Worker's bindings from its wrangler config (`npm run bindings`), or with `--check` tells
 * which of the committed files are stale and fails. The generator is the one behind `wrangler types`, called in one process.
 */
import { readFile, writeFile } from "node:fs/promises";
import { devNull } from "node:os";
import { experimental_generateTypes as generateTypes } from "wrangler";

/** One wrangler config, the interface made of it, and the file that holds the interface. */
interface BindingsTarget {
  readonly config: string;
  readonly envInterface: string;
  readonly path: string;
  /** Whether `env` of `cloudflare:workers` has this type: only in the Worker that tests run in. */
  readonly ownsGlobalEnv: boolean;
}

const targets: readonly BindingsTarget[] = [
  worker("gateway", "wrangler.toml"),
  ...["orders", "inventory", "payment", "notifications", "ops"].map((name) => worker(name, `workers/${name}/wrangler.toml`)),
  {
    config: "shared/testing/wrangler.test.toml",
    envInterface: "GeneratedTestBindings",
    path: "shared/testing/bindings.d.ts",
    ownsGlobalEnv: true,
  },
];

function worker(name: string, config: string): BindingsTarget {
  const envInterface = `Generated${name.charAt(0).toUpperCase()}${name.slice(1)}Bindings`;
  return { config, envInterface, path: `workers/${name}/bindings.d.ts`, ownsGlobalEnv: false };
}

/**
 * The declarations for one config. Vars are strings: a deployment sets its own values, so a literal type would be a lie.
 * An empty env file keeps what a developer has in `.env` or `.dev.vars` out of what is committed.
 */
async function generate({ config, envInterface, path, ownsGlobalEnv }: BindingsTarget): Promise<string> {
  const { env } = await generateTypes({ config, envInterface, path, envFile: [devNull], includeRuntime: false, strictVars: false });
  if (env === null) throw new Error(`wrangler made no types of ${config}`);
  return `// Generated from ${config} by "npm run bindings".\n${(ownsGlobalEnv ? env : withoutGlobalEnv(env)).trim()}\n`;
}

/** All Workers are checked in one program: no one of them can be the global `Cloudflare.Env`, so none is. */
const withoutGlobalEnv = (declarations: string): string => declarations.replace(/^declare namespace Cloudflare \{$.*?^\}$\n?/ms, "");

async function writeAll(): Promise<void> {
  for (const target of targets) await writeFile(target.path, await generate(target));
}

async function staleFiles(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const target of targets) {
    const committed = await readFile(target.path, "utf8").catch(() => undefined);
    if (committed !== (await generate(target))) stale.push(target.path);
  }
  return stale;
}

// The gateway's custom build runs along; what it prints is not what was asked for.
process.env["WRANGLER_LOG"] = "error";

if (process.argv.includes("--check")) {
  const stale = await staleFiles();
  if (stale.length > 0) {
    console.error(`Stale: ${stale.join(", ")}. Run "npm run bindings" and commit the result.`);
    process.exitCode = 1;
  }
} else {
  await writeAll();
}
