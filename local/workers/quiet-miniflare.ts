/** miniflare as a part of a command: it says nothing, fetches nothing, and leaves the process's signals alone. */
import { convertV4MiniflareOptions, Miniflare, NoOpLog, type V4MiniflareOptions } from "miniflare";
import type { StartTickets } from "./start-tickets.ts";
import { workerdEnv } from "./workerd-env.ts";

export type QuietMiniflareOptions = V4MiniflareOptions & {
  /** Needed when its Workers bind objects or services of another process. */
  readonly tickets?: StartTickets | undefined;
};

/**
 * Starts it; await `ready`. What goes wrong rejects `ready`.
 *
 * Starting rewrites the bindings that lead elsewhere, and the runtime that miniflare 5.20260815 starts in a dead one's place gets them
 * rewritten a second time, to nowhere. So what it was given is good for one start, with a ticket. A second one fails at once, for want of
 * it, and is followed by one with what was meant. Where there is no lifeline (Windows) nobody asks for the ticket: the second one
 * succeeds, and is followed all the same.
 */
export function startQuietMiniflare({ tickets, ...options }: QuietMiniflareOptions): Miniflare {
  Object.assign(process.env, workerdEnv());
  const startAgain = async (): Promise<void> => miniflare.setOptions(meant());
  const log = new QuietLog(tickets && startAgain);
  const quiet = { log, cf: false, telemetry: { enabled: false } };
  const meant = () =>
    convertV4MiniflareOptions({
      ...options,
      ...quiet,
      ...(tickets && { unsafeRuntimeEnv: { ...options.unsafeRuntimeEnv, ...tickets.issue() }, unsafeHandleRuntimeRestart: startAgain }),
    });
  const miniflare = withoutSignalHandlers(() => new Miniflare(meant()));
  return miniflare;
}

/** How miniflare 5 begins to say that a runtime died and is lost; it says it to nobody else. */
const notRestarted = "The Workers runtime failed to restart";
const notFollowed = "The Workers runtime restarted, but the runtime restart callback failed";

class QuietLog extends NoOpLog {
  readonly #startAgain: (() => Promise<void>) | undefined;

  constructor(startAgain: (() => Promise<void>) | undefined) {
    super();
    this.#startAgain = startAgain;
  }

  /**
   * Silent, for what goes wrong at a start rejects `ready` too. But a runtime that died and cannot be started again ends the process: what
   * is thrown here is an unhandled rejection.
   */
  override error(message: Error): void {
    if (message.message.startsWith(notFollowed)) throw message;
    if (!message.message.startsWith(notRestarted)) return;
    if (this.#startAgain === undefined) throw message;
    void this.#startAgain().catch((cause: unknown) => {
      throw new Error(`${notRestarted} after it had died`, { cause });
    });
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
