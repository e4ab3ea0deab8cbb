/** miniflare as a part of a command: it says nothing, fetches nothing, and leaves the process's signals alone. */
import { convertV4MiniflareOptions, Miniflare, NoOpLog, type V4MiniflareOptions } from "miniflare";
import { workerdEnv } from "./workerd-env.ts";

/**
 * Starts it; await `ready`. What goes wrong rejects `ready`.
 *
 * @param options.bindsElsewhere Its Workers bind objects or services of another process. Default: no.
 */
export function startQuietMiniflare({ bindsElsewhere = false, ...options }: V4MiniflareOptions & { bindsElsewhere?: boolean }): Miniflare {
  Object.assign(process.env, workerdEnv());
  const quiet = { log: new QuietLog(), cf: false, telemetry: { enabled: false } };
  // Starting rewrites the bindings that lead elsewhere, and the runtime that miniflare 5.20260815 starts in a dead one's place gets
  // them rewritten a second time, to nowhere. So it is started once more, with what was meant.
  const startAgain = async (): Promise<void> => miniflare.setOptions(meant());
  const meant = () =>
    convertV4MiniflareOptions({ ...options, ...quiet, ...(bindsElsewhere && { unsafeHandleRuntimeRestart: startAgain }) });
  const miniflare = withoutSignalHandlers(() => new Miniflare(meant()));
  return miniflare;
}

class QuietLog extends NoOpLog {
  /** Silent, for what goes wrong at a start rejects `ready` too. But a runtime that died and cannot be started again ends the process. */
  override error(message: Error): void {
    if (runtimeLost.some((beginning) => message.message.startsWith(beginning))) throw message;
  }
}

/** How miniflare 5 begins to say so; it says it to nobody else. Thrown where it is said, it is an unhandled rejection. */
const runtimeLost = ["The Workers runtime failed to restart", "The Workers runtime restarted, but the runtime restart callback failed"];

/** miniflare ends the process on SIGINT and SIGTERM before anything else can be closed; its handler of `exit` is kept. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = make();
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal))
      if (before[index]?.includes(listener) === false) process.removeListener(signal, listener);
  });
  return made;
}
