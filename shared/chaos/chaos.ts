/** What comes between a caller and a call that a gremlin may hit. */
import type { ChaosCall, Faults } from "../contracts/chaos.ts";
import { OperatingError } from "../errors/operating-error.ts";
import { createLogger, type ServiceName } from "../platform/logger.ts";
import { hasFaults } from "./draw-faults.ts";

export interface Chaos {
  /**
   * Makes the call, with whatever gremlins hit it.
   *
   * @param work The call; made not at all, once or twice.
   * @param dropped What a caller is told whose message was thrown away (`drop`).
   * @throws OperatingError, retryable, when a gremlin says so; what `work` throws. May never settle: the caller has a deadline.
   */
  run<Reply>(call: ChaosCall, work: () => PromiseLike<Reply>, dropped?: () => Reply): Promise<Reply>;
}

/** What happens to a call. Never rejects. */
export type DrawFaults = (call: ChaosCall) => Promise<Faults>;

export interface ChaosOptions {
  readonly service: ServiceName;
  /** Resolves after that many ms. Default: a timer. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

export function createChaos(draw: DrawFaults, { service, wait = sleep }: ChaosOptions): Chaos {
  return {
    run: async (call, work, dropped) => {
      const faults = await draw(call);
      if (!hasFaults(faults)) return work();
      const { delayMs, effect } = faults;
      createLogger(service).warn("a gremlin", { target: call.service, operation: call.operation, delay_ms: delayMs, effect });
      if (delayMs > 0) await wait(delayMs);
      return takeEffect({ effect, call }, work, dropped);
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function takeEffect<Reply>(
  { effect, call }: { readonly effect: Faults["effect"]; readonly call: ChaosCall },
  work: () => PromiseLike<Reply>,
  dropped?: () => Reply,
): Promise<Reply> {
  switch (effect) {
    case null:
      return work();
    case "error":
      throw gremlinError(call, "was refused");
    case "timeout":
      return new Promise(() => undefined);
    case "drop-reply":
      await work();
      throw gremlinError(call, "was done and its answer lost");
    case "duplicate":
      // The first one's outcome is lost, whatever it is.
      await Promise.allSettled([work()]);
      return work();
    case "drop":
      if (dropped === undefined) throw gremlinError(call, "was refused");
      return dropped();
  }
}

const gremlinError = ({ service, operation }: ChaosCall, what: string): OperatingError =>
  new OperatingError(`A gremlin: ${service} ${operation} ${what}`, { retryable: true });
