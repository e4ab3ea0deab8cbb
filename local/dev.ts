/**
 * `npm run dev`: `wrangler dev` over every Worker's config, with reload, on the same local cloud and the same state as
 * `npm start` (not both at once). Slower: its proxies cost more than an order does.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { announce, openDeliveries, waitUntilHealthy, type Running } from "./cloud.ts";
import { choosePort, fireEveryMinute, printStarting, printSummary, untilSignal } from "./command.ts";
import { openCronCaller } from "./dev-crons.ts";
import { defaultStateDir, projectRoot, workerConfigs } from "./project.ts";
import { runMain } from "./run-main.ts";
import { seedCatalogue } from "./seed.ts";
import { lockState, openSettings, removeRun } from "./state-directory.ts";
import { openStores } from "./stores.ts";
import { chosenServers, chosenVars, workerBindings } from "./worker-bindings.ts";
import { spawnTied } from "./workers/lifeline.ts";
import { workerdEnv } from "./workers/workerd-env.ts";

const stopGraceMs = 5_000;
/** The session's own, so that it neither finds nor is found by other sessions of this user. */
const registryDir = join(defaultStateDir, "dev-registry");

const quietWrangler = {
  CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_REGISTRY_PATH: registryDir,
};

await runMain(async () => {
  const port = await choosePort();
  const vars = chosenVars();
  printStarting();
  await using started = new AsyncDisposableStack();
  const lock = await lockState(defaultStateDir);
  started.defer(() => lock.release());
  const servers = chosenServers();
  const settings = await openSettings(defaultStateDir, { vars, payment: servers.payment });
  const stores = started.use(await openStores({ stateDir: defaultStateDir, port, ...servers }, settings));
  const wrangler = started.adopt(startWrangler(port, { ...workerBindings(settings, stores), ...vars }), stopWrangler);
  const ended = once(wrangler, "exit").then(() => Promise.reject(new Error("wrangler dev has ended")));
  await Promise.race([makeReady({ settings, stores, baseUrl: `http://127.0.0.1:${port}` }, started), ended]);
  await Promise.race([untilSignal(), ended]);
});

async function makeReady({ settings, stores, baseUrl }: Running, started: AsyncDisposableStack): Promise<void> {
  await waitUntilHealthy(baseUrl);
  await seedCatalogue(baseUrl, settings.operator_key);
  await openDeliveries(stores, { baseUrl, schedules: true });
  started.defer(() => stores.qstash.stop());
  started.defer(() => removeRun(defaultStateDir));
  const credentials = await announce(defaultStateDir, { settings, stores, baseUrl });
  const crons = started.use(await openCronCaller(workerConfigs, registryDir));
  started.use(fireEveryMinute(() => crons.fire()));
  printSummary(credentials);
}

/**
 * The Workers' secrets and vars go through the environment (`CLOUDFLARE_INCLUDE_PROCESS_ENV`): `--env-file` is read for the
 * first config only, and a `.dev.vars` in each folder would change what `wrangler types` says while this runs. Everything
 * in that environment becomes a binding, so no more than what wrangler needs is in it.
 */
function startWrangler(port: number, bindings: Readonly<Record<string, string>>): ChildProcess {
  const configs = workerConfigs.flatMap((config) => ["-c", config]);
  const args = ["dev", ...configs, "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const persistence = ["--persist-to", join(defaultStateDir, "state"), "--show-interactive-dev-session=false"];
  return spawnTied([process.execPath, "--no-warnings", wranglerPath(), ...args, ...persistence], {
    cwd: projectRoot,
    stdio: ["ignore", "inherit", "inherit"],
    // A process group of its own: Ctrl-C reaches us, and we stop it after its clients.
    detached: true,
    env: { ...inherited(), ...workerdEnv(), ...quietWrangler, ...bindings },
  });
}

function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, TERM } = process.env;
  return { PATH, HOME, TMPDIR, TERM };
}

function wranglerPath(): string {
  const manifest = createRequire(import.meta.url).resolve("wrangler/package.json");
  // Not `bin/wrangler.js`, which starts this in a process of its own.
  return join(dirname(manifest), "wrangler-dist", "cli.js");
}

async function stopWrangler(wrangler: ChildProcess): Promise<void> {
  if (wrangler.exitCode !== null || wrangler.signalCode !== null) return;
  const ended = once(wrangler, "exit");
  wrangler.kill("SIGINT");
  const timer = setTimeout(() => wrangler.kill("SIGKILL"), stopGraceMs);
  await ended;
  clearTimeout(timer);
}
