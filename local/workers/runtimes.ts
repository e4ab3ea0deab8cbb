/**
 * The workerd processes of a fleet: one for all Workers, or a second one for those that consume queues. Two of them find each other
 * through miniflare's registry, a directory of files that say where each process's debug port is, and call each other over it.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare, V4WorkerOptions } from "miniflare";
import { meetingPoint, untilTheyMeet } from "./meeting-point.ts";
import { startQuietMiniflare } from "./quiet-miniflare.ts";
import { roleVariable, type RuntimeRole } from "./runtime-role.ts";
import type { SplitFleet } from "./split-fleet.ts";

export interface Runtimes extends AsyncDisposable {
  /** The one that has every Worker's sockets, objects and cron triggers. */
  readonly serving: Miniflare;
}

export interface RuntimeOptions {
  readonly stateDir: string;
  readonly onLog: (line: string) => void;
}

/** @throws When a runtime does not start, or the two do not find each other in time. None is left running then. */
export async function startRuntimes({ serving, consuming }: SplitFleet, options: RuntimeOptions): Promise<Runtimes> {
  await using started = new AsyncDisposableStack();
  const start = (role: RuntimeRole, workers: readonly V4WorkerOptions[], registry?: string): Miniflare =>
    started.adopt(startRuntime(workers, { ...options, role, registry }), stop);
  const alone = consuming.length === 0;
  const runtime = alone ? start("serving", serving) : await startBoth({ serving, consuming }, { ...options, start });
  await runtime.ready;
  const resources = started.move();
  return { serving: runtime, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

interface BothOptions extends RuntimeOptions {
  readonly start: (role: RuntimeRole, workers: readonly V4WorkerOptions[], registry: string) => Miniflare;
}

/** Beside each other, for a start takes what both can do at one time. */
async function startBoth({ serving, consuming }: SplitFleet, { stateDir, start }: BothOptions): Promise<Miniflare> {
  const registry = await emptyRegistry(stateDir);
  const runtimes = {
    serving: start("serving", [...serving, meetingPoint("serving", { other: "consuming" })], registry),
    consuming: start("consuming", [...consuming, meetingPoint("consuming", { other: "serving" })], registry),
  };
  await Promise.all([runtimes.serving.ready, runtimes.consuming.ready]);
  await untilTheyMeet(runtimes);
  return runtimes.serving;
}

interface Start extends RuntimeOptions {
  readonly role: RuntimeRole;
  readonly registry: string | undefined;
}

function startRuntime(workers: readonly V4WorkerOptions[], { stateDir, onLog, role, registry }: Start): Miniflare {
  return startQuietMiniflare({
    workers: [...workers],
    unsafeRuntimeEnv: { [roleVariable]: role },
    // Of what serves only the meeting point binds elsewhere, and they meet once.
    bindsElsewhere: role === "consuming",
    host: "127.0.0.1",
    port: 0,
    ...(role === "serving" && { resourcePersistencePath: persistedIn(stateDir) }),
    handleStructuredLogs: ({ message }) => onLog(message),
    ...(registry === undefined ? {} : { unsafeDevRegistryPath: registry }),
  });
}

/**
 * Where `wrangler dev --persist-to <stateDir>/state` keeps the same objects, so that both run on the same orders. Only one process may:
 * a second one that opens miniflare's databases at the same moment does not start (`SQLITE_BUSY`). Who consumes keeps nothing.
 */
const persistedIn = (stateDir: string): string => join(stateDir, "state", "v3");

/** One that could not start says so through `ready`. */
const stop = (runtime: Miniflare): Promise<void> => runtime.dispose().catch(() => undefined);

/** Processes that were killed have left their addresses in it, which may be somebody else's by now. */
async function emptyRegistry(stateDir: string): Promise<string> {
  const path = join(stateDir, "registry");
  await rm(path, { recursive: true, force: true });
  return path;
}
