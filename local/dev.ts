/**
 * `npm run dev`: `wrangler dev` over every Worker's config, with reload, on the same local cloud and the same state as
 * `npm start` (not both at once). Slower: its proxies cost more than an order does.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { announce, waitUntilHealthy } from "./cloud.ts";
import { choosePort, fireEveryMinute, printSummary, untilSignal } from "./command.ts";
import { defaultStateDir, projectRoot, workerConfigs } from "./project.ts";
import { runMain } from "./run-main.ts";
import { seedCatalogue } from "./seed.ts";
import { lockState, openSettings, removeRun } from "./state-directory.ts";
import { openStores } from "./stores.ts";
import { chosenVars, workerBindings } from "./worker-bindings.ts";
import { guardedWorkerdEnv } from "./workers/workerd-guard.ts";

const stopGraceMs = 5_000;

await runMain(async () => {
  const { env } = process;
  const port = await choosePort(env);
  const stopped = untilSignal();
  await using started = new AsyncDisposableStack();
  const lock = await lockState(defaultStateDir);
  started.defer(() => lock.release());
  const vars = chosenVars(env);
  const settings = await openSettings(defaultStateDir, { placement: vars["ORDER_PLACEMENT"], hosts: vars["ORDER_HOSTS"] });
  const servers = { postgresUrl: env["HOLDFAST_POSTGRES_URL"] || undefined, redisUrl: env["HOLDFAST_REDIS_URL"] || undefined };
  const stores = started.use(await openStores({ stateDir: defaultStateDir, ...servers }, settings));
  const wrangler = started.adopt(startWrangler(port, { ...workerBindings(settings, stores), ...vars }), stopWrangler);
  const baseUrl = `http://127.0.0.1:${port}`;
  const ended = once(wrangler, "exit");
  await Promise.race([prepare(), stopped, ended]);
  using _cron = fireEveryMinute(() => fireCron(baseUrl));
  await Promise.race([stopped, ended]);

  async function prepare(): Promise<void> {
    await waitUntilHealthy(baseUrl);
    await seedCatalogue(baseUrl, settings.operator_key);
    await announce(defaultStateDir, { settings, stores, baseUrl });
    started.defer(() => removeRun(defaultStateDir));
    printSummary({ base_url: baseUrl, customer_key: settings.customer_key, operator_key: settings.operator_key });
  }
});

/**
 * The Workers' secrets and vars go through the environment (`CLOUDFLARE_INCLUDE_PROCESS_ENV`): `--env-file` is read for the
 * first config only, and a `.dev.vars` in each folder would change what `wrangler types` says while this runs. Everything
 * in that environment becomes a binding, so no more than what wrangler needs is in it.
 */
function startWrangler(port: number, bindings: Readonly<Record<string, string>>): ChildProcess {
  const configs = workerConfigs.flatMap((config) => ["-c", config]);
  const args = ["dev", ...configs, "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const persistence = ["--persist-to", join(defaultStateDir, "state"), "--show-interactive-dev-session=false"];
  return spawn(process.execPath, [wranglerPath(), ...args, ...persistence], {
    cwd: projectRoot,
    stdio: ["ignore", "inherit", "inherit"],
    // A process group of its own: Ctrl-C reaches us, and we stop it after its clients.
    detached: true,
    env: { ...inherited(), ...guardedWorkerdEnv(), ...quietWrangler, ...bindings },
  });
}

const quietWrangler = {
  CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
};

function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, TERM } = process.env;
  return { PATH, HOME, TMPDIR, TERM };
}

function wranglerPath(): string {
  const manifest = createRequire(import.meta.url).resolve("wrangler/package.json");
  return join(dirname(manifest), "bin", "wrangler.js");
}

async function stopWrangler(wrangler: ChildProcess): Promise<void> {
  if (wrangler.exitCode !== null || wrangler.signalCode !== null) return;
  const ended = once(wrangler, "exit");
  wrangler.kill("SIGINT");
  const timer = setTimeout(() => wrangler.kill("SIGKILL"), stopGraceMs);
  await ended;
  clearTimeout(timer);
}

/** The header chooses the Worker behind the one address; miniflare reads it and takes it off. */
async function fireCron(baseUrl: string): Promise<void> {
  for (const config of workerConfigs.map((path) => unstable_readConfig({ config: path }, { hideWarnings: true }))) {
    for (const cron of config.triggers.crons ?? []) {
      const url = `${baseUrl}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
      const response = await fetch(url, { headers: { "MF-Route-Override": String(config.name) } });
      if (!response.ok) throw new Error(`${String(config.name)}: ${response.status} ${await response.text()}`);
    }
  }
}
