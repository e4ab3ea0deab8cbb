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
  override error(): void {
    // NoOpLog would throw it here, where nobody could catch it; the same failure rejects `ready`.
  }
}

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
