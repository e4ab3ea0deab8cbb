/**
 * Cron triggers under `wrangler dev`. Its own address for them reaches the first Worker only, so a Worker beside it, joined
 * through the directory in which running dev sessions find each other, calls the others' `scheduled` handlers.
 */
import { startQuietMiniflare } from "./workers/quiet-miniflare.ts";
import { cronTriggers, readWorkerConfig } from "./workers/wrangler-config.ts";

export interface CronCaller extends AsyncDisposable {
  /** Fires every trigger of every config once. @throws Error when one of them fails. */
  fire(): Promise<void>;
}

const callerScript = `export default {
  async fetch(request, env) {
    const { name, cron } = await request.json();
    return Response.json(await env[name].scheduled({ cron, scheduledTime: new Date() }));
  },
}`;

/**
 * @param configs Paths of wrangler configs.
 * @param registryDir WRANGLER_REGISTRY_PATH of the dev session.
 */
export async function openCronCaller(configs: readonly string[], registryDir: string): Promise<CronCaller> {
  const triggers = cronTriggers(configs.map(readWorkerConfig));
  const miniflare = startQuietMiniflare({
    name: "holdfast-cron-caller",
    modules: true,
    script: callerScript,
    compatibilityDate: "2026-08-01",
    compatibilityFlags: ["service_binding_extra_handlers"],
    serviceBindings: Object.fromEntries(triggers.map(({ name }) => [name, name])),
    unsafeDevRegistryPath: registryDir,
  });
  await miniflare.ready;
  return {
    async fire() {
      for (const trigger of triggers) {
        const response = await miniflare.dispatchFetch("http://cron-caller/", { method: "POST", body: JSON.stringify(trigger) });
        if (!response.ok) throw new Error(`${trigger.name} "${trigger.cron}": ${await response.text()}`);
      }
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
