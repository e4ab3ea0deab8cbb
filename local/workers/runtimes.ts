/**
 * The workerd processes of a fleet. Several find each other through miniflare's registry, a directory of files that say where each
 * process's debug port is, and call each other over it.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { meetingPoint, untilTheyMeet } from "./meeting-point.ts";
import { startQuietMiniflare } from "./quiet-miniflare.ts";
import { keepRegistry } from "./registry-keeper.ts";
import { rolesVariable } from "./runtime-role.ts";
import { bindsElsewhere, type FleetProcess } from "./split-fleet.ts";
import { openStartTickets, type StartTickets } from "./start-tickets.ts";

export interface Runtimes extends AsyncDisposable {
  /** The one that runs this Worker. @throws Error when none does. */
  runtimeOf(worker: string): Miniflare;
}

export interface RuntimeOptions {
  readonly stateDir: string;
  readonly onLog: (line: string) => void;
}

/** @throws When a runtime does not start, or two do not find each other in time. None is left running then. */
export async function startRuntimes(processes: readonly FleetProcess[], options: RuntimeOptions): Promise<Runtimes> {
  await using started = new AsyncDisposableStack();
  const meeting = processes.length > 1 ? await openMeeting(processes.map(nameOf), options.stateDir) : undefined;
  // Beside each other, for a start takes what all can do at one time.
  const running = processes.map((process) => ({
    ...process,
    runtime: started.adopt(startRuntime(process, { ...options, meeting }), stop),
  }));
  await Promise.all(running.map(({ runtime }) => runtime.ready));
  if (meeting !== undefined) {
    await untilTheyMeet(new Map(running.map((process) => [nameOf(process), process.runtime])));
    // Taken up last, and so ended before the runtimes remove their files.
    started.use(keepRegistry(meeting.registry));
  }
  const resources = started.move();
  return {
    runtimeOf(worker) {
      const found = running.find(({ workers }) => workers.some(({ name }) => name === worker));
      if (found === undefined) throw new Error(`No process runs the Worker ${worker}`);
      return found.runtime;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const nameOf = ({ roles }: FleetProcess): string => roles.join("-");

interface Start extends RuntimeOptions {
  readonly meeting: Meeting | undefined;
}

function startRuntime(process: FleetProcess, { stateDir, onLog, meeting }: Start): Miniflare {
  const { roles, workers } = process;
  return startQuietMiniflare({
    workers: [...workers, ...(meeting === undefined ? [] : [meetingPoint(nameOf(process), { others: meeting.without(process) })])],
    unsafeRuntimeEnv: { [rolesVariable]: roles.join(" ") },
    host: "127.0.0.1",
    port: 0,
    ...(roles.includes("objects") && { resourcePersistencePath: persistedIn(stateDir) }),
    handleStructuredLogs: ({ message }) => onLog(message),
    ...(meeting && { unsafeDevRegistryPath: meeting.registry }),
    // A meeting point binds elsewhere too, but they meet once.
    ...(meeting && bindsElsewhere(workers) && { tickets: meeting.tickets }),
  });
}

/**
 * Where `wrangler dev --persist-to <stateDir>/state` keeps the same objects, so that both run on the same orders. Only one process may:
 * a second one that opens miniflare's databases at the same moment does not start (`SQLITE_BUSY`). The others keep nothing.
 */
const persistedIn = (stateDir: string): string => join(stateDir, "state", "v3");

/** One that could not start says so through `ready`. */
const stop = (runtime: Miniflare): Promise<void> => runtime.dispose().catch(() => undefined);

/** What runtimes need that call each other. */
interface Meeting {
  readonly registry: string;
  readonly tickets: StartTickets;
  /** The names of all processes but this one. */
  without(process: FleetProcess): readonly string[];
}

/** Processes that were killed have left their addresses in the registry, which may be somebody else's by now. */
async function openMeeting(names: readonly string[], stateDir: string): Promise<Meeting> {
  const registry = join(stateDir, "registry");
  await rm(registry, { recursive: true, force: true });
  return {
    registry,
    tickets: openStartTickets(join(stateDir, "tickets")),
    without: (process) => names.filter((name) => name !== nameOf(process)),
  };
}
