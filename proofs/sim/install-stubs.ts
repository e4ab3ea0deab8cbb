/**
 * Makes Node load the shipped actors for the simulator: the runtime's own module and three of ours that have nothing to do
 * with what is proven are stood in for. Import it before anything that imports an actor: `node --import ./proofs/sim/install-stubs.ts`.
 */
import { registerHooks } from "node:module";

const at = (path: string): string => new URL(path, import.meta.url).href;

const stubs: Readonly<Record<string, string>> = {
  "cloudflare:workers": at("stubs/durable-object.ts"),
  uuid: at("deterministic-ids.ts"),
  [at("../../shared/platform/metrics.ts")]: at("stubs/metrics.ts"),
  [at("../../shared/platform/logger.ts")]: at("stubs/logger.ts"),
};

registerHooks({
  resolve(specifier, context, nextResolve) {
    const named = stubs[specifier];
    if (named !== undefined) return { url: named, shortCircuit: true };
    const resolved = nextResolve(specifier, context);
    const stub = stubs[resolved.url];
    return stub === undefined ? resolved : { ...resolved, url: stub };
  },
});
