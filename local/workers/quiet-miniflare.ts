/** miniflare as a part of a command: it says nothing, fetches nothing, and leaves the process's signals alone. */
import { convertV4MiniflareOptions, Miniflare, NoOpLog, type V4MiniflareOptions } from "miniflare";
import { workerdEnv } from "./workerd-env.ts";

/** Starts it; await `ready`. What goes wrong rejects `ready`. */
export function startQuietMiniflare(options: V4MiniflareOptions): Miniflare {
  Object.assign(process.env, workerdEnv());
  const quiet = { log: new QuietLog(), cf: false, telemetry: { enabled: false } };
  const converted = convertV4MiniflareOptions({ ...options, ...quiet });
  return withoutSignalHandlers(() => new Miniflare(converted));
}

class QuietLog extends NoOpLog {
  /** Silent, for what goes wrong at a start rejects `ready` too. But a runtime that died and cannot be started again ends the process. */
  override error(message: Error): void {
    if (message.message.startsWith(runtimeLost)) throw message;
  }
}

/** How miniflare 5 begins to say so; it says it to nobody else. Thrown where it is said, it is an unhandled rejection. */
const runtimeLost = "The Workers runtime failed to restart";

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
