/** A consumer's word to the order actors that it has done its work; only then are their outbox rows done. */
import { describeError } from "../../shared/errors/operating-error.ts";
// eslint-disable-next-line import-x/no-restricted-paths -- this runs in the consumers, whose timers end with the batch
import { withDeadline } from "../../shared/platform/deadline.ts";
import { forEachBounded } from "../../shared/platform/for-each-bounded.ts";
import { nameOfOrder } from "../../shared/platform/ids.ts";
import { createLogger, type ServiceName } from "../../shared/platform/logger.ts";
import { actorNameFor, type Placement } from "../../shared/platform/placement.ts";
import { orderActor } from "./client.ts";

const CONCURRENT_CALLS = 16;
const DEADLINE_MS = 2_000;

export interface AcknowledgeOptions {
  readonly orderActors: DurableObjectNamespace;
  readonly placement: Placement;
  readonly consumer: "order-events" | "notifications";
  readonly service: ServiceName;
}

/**
 * One call to each actor, with the ids of all its events. Never throws: an actor that could not be told sends its events
 * again, and doing them again changes nothing.
 */
export async function acknowledgeOrderEvents(
  events: readonly { readonly orderId: string; readonly eventId: string }[],
  { orderActors, placement, consumer, service }: AcknowledgeOptions,
): Promise<void> {
  const byActor = Map.groupBy(events, ({ orderId }) => actorNameFor(nameOfOrder(orderId), placement));
  const groups = [...byActor.values()];
  const results = await forEachBounded(groups, { concurrency: CONCURRENT_CALLS }, async (group) => {
    const [first] = group;
    if (first === undefined) return;
    const actor = orderActor(orderActors, nameOfOrder(first.orderId), placement);
    await withDeadline(
      actor.acknowledgeEvents({ consumer, eventIds: group.map(({ eventId }) => eventId) }),
      DEADLINE_MS,
      "The order actor",
    );
  });
  const failures = results.filter((result) => result.status === "rejected");
  if (failures[0] === undefined) return;
  createLogger(service).warn("Order actors could not be told that their events are done; they send them again", {
    consumer,
    actors: groups.length,
    failed: failures.length,
    cause: describeError(failures[0].reason),
  });
}
