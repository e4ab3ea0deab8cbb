/**
 * The chaos of a Worker, by its bindings. There is one only with CHAOS=on; without it nothing of this is built, and calls are
 * made as they are.
 */
import type { ChaosActorApi } from "../contracts/chaos.ts";
import { describeError } from "../errors/operating-error.ts";
import { chaosEnv, once } from "../platform/config.ts";
import { withDeadline } from "../platform/deadline.ts";
import { createLogger, type ServiceName } from "../platform/logger.ts";
import { plainRpc } from "../platform/rpc.ts";
import { createChaos, type Chaos, type DrawFaults } from "./chaos.ts";
import { noFaults } from "./draw-faults.ts";

/** How long the chaos actor may take, ms; after it no gremlin comes. */
const drawDeadlineMs = 1_000;

/** What the bindings of a Worker must have for chaos. CHAOS and ENVIRONMENT are read by `chaosEnv`. */
export interface ChaosBindings {
  readonly CHAOS_ACTOR: DurableObjectNamespace;
}

const readConfig = once(chaosEnv);

/** undefined when CHAOS is off. @throws Error when it is on in production: this Worker is not to run. */
export function chaosOf(env: ChaosBindings, service: ServiceName): Chaos | undefined {
  const draw = drawOf(env, service);
  return draw && createChaos(draw, { service });
}

/** As `chaosOf`, for those who have gremlins of their own to add. */
export function drawOf(env: ChaosBindings, service: ServiceName): DrawFaults | undefined {
  return readConfig(env).chaos ? drawFrom(chaosActor(env.CHAOS_ACTOR), service) : undefined;
}

/** Asks the actor for every call, so that a change counts at once. When it cannot be asked, no gremlin comes: work never fails for it. */
export function drawFrom(actor: Pick<ChaosActorApi, "draw">, service: ServiceName): DrawFaults {
  return async ({ service: target, operation }) => {
    try {
      return await withDeadline(actor.draw({ service: target, operation }), drawDeadlineMs, "the chaos actor");
    } catch (error) {
      createLogger(service).warn("the chaos actor could not be asked", { error: describeError(error) });
      return noFaults;
    }
  };
}

/** The one chaos actor. Each call makes a stub of its own, for a stub belongs to the request that made it. */
export function chaosActor(namespace: DurableObjectNamespace): ChaosActorApi {
  const stub = (): ChaosActorApi => plainRpc<ChaosActorApi>(namespace.get(namespace.idFromName("chaos")));
  return {
    put: (gremlin) => stub().put(gremlin),
    list: () => stub().list(),
    clear: () => stub().clear(),
    draw: (call) => stub().draw(call),
  };
}
