/** Calls between the parts of the simulated shop: slow, lost on the way there or back, or done again later. */
import type { VirtualClock } from "./clock.ts";
import { Crash, type Life } from "./disk.ts";
import type { Fault } from "./faults.ts";

export interface CallOptions {
  /** What is called, in fault names: `charge`. */
  readonly what: string;
  /** The life of the caller: one that is over asks for nothing and hears nothing. null: a client, who lives for ever. */
  readonly from: Life | null;
  /** The longest that a slow request is under way, ms. */
  readonly slowMs?: number;
}

export class Network {
  readonly #clock: VirtualClock;
  readonly #fault: Fault;

  constructor(clock: VirtualClock, fault: Fault) {
    this.#clock = clock;
    this.#fault = fault;
  }

  async call<Reply>({ what, from, slowMs = 6_000 }: CallOptions, work: () => Reply | Promise<Reply>): Promise<Reply> {
    from?.assertAlive();
    this.#crashOf(from, `crash before call: ${what}`);
    await this.#clock.sleep(this.#fault(`slow: ${what}`, 0.3) ? this.#clock.random() * slowMs : this.#usualMs());
    if (this.#fault(`request lost: ${what}`, 0.4)) return this.#lost(from, what);
    const reply = await work();
    if (!isRefusal(reply) && this.#fault(`twice: ${what}`, 0.3)) void this.#again(work);
    if (this.#fault(`reply lost: ${what}`, 0.4)) return this.#lost(from, what);
    this.#crashOf(from, `crash after call: ${what}`);
    // A dead caller hears nothing.
    return from?.alive === false ? new Promise(() => undefined) : reply;
  }

  /** In steps, so that what is asked at one moment often arrives at one. */
  #usualMs(): number {
    return Math.floor(this.#clock.random() * 6) * 4;
  }

  /** The caller's process dies at this very moment. */
  #crashOf(from: Life | null, moment: string): void {
    if (from?.alive !== true || !this.#fault(moment, 0.03)) return;
    from.die(moment);
    throw new Crash(moment);
  }

  async #again(work: () => unknown): Promise<void> {
    await this.#clock.sleep(this.#clock.random() * 10_000);
    try {
      await work();
    } catch {
      // Its caller is long gone.
    }
  }

  #lost(from: Life | null, what: string): Promise<never> {
    if (from?.alive === false || this.#clock.random() < 0.5) return new Promise(() => undefined);
    return Promise.reject(new Error(`the connection to ${what} broke`));
  }
}

/**
 * A refusal writes nothing and is final for its caller; RPC delivers at most once, so nobody repeats one that was heard. Among
 * commands that came as one call, one refusal is enough.
 */
function isRefusal(reply: unknown): boolean {
  if (Array.isArray(reply)) return reply.some((joined: unknown) => isRefusal(joined));
  // Nothing was written, and what follows is asked for anew: as final for this request as a refusal.
  if (reply === "dry") return true;
  if (typeof reply !== "object" || reply === null) return false;
  if ("reply" in reply) return isRefusal(reply.reply);
  return ("ok" in reply && reply.ok === false) || ("kind" in reply && (reply.kind === "refused" || reply.kind === "not_found"));
}
