/**
 * The consumer of the queue `order-events`: writes what order and stock actors say into Postgres, then tells them so.
 * Doing a message twice, late or out of order changes nothing, so everything that fails is simply delivered again.
 */
import { acknowledgeOrderEvents } from "../../durable-objects/order/acknowledge-events.ts";
import type { WireProduct } from "../../shared/contracts/product.ts";
import type { StockActorApi } from "../../shared/contracts/rpc.ts";
import { buryMessages } from "../../shared/db/bury-messages.ts";
import { isRefusedByDatabase, type Database } from "../../shared/db/client.ts";
import { isOrderEvent, isProductEvent, newestProducts, projectEvents } from "../../shared/db/project-events.ts";
import { describeError } from "../../shared/errors/operating-error.ts";
import { queuedEventSchema, type QueuedEvent } from "../../shared/events/catalogue.ts";
import { forEachBounded } from "../../shared/platform/for-each-bounded.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Placement } from "../../shared/platform/placement.ts";
import { consumeQueue } from "../../shared/platform/queue-consumer.ts";
import { messageReader, type Delivery } from "../../shared/platform/read-messages.ts";
import { acknowledgeProductEvents } from "./project-acknowledge-products.ts";

export interface ProjectionDependencies {
  readonly db: Database;
  readonly metrics: Pick<Metrics, "count" | "observe">;
  readonly orderActors: DurableObjectNamespace;
  readonly stockActor: (sku: string) => Pick<StockActorApi, "acknowledgeEvents">;
  readonly placement: Placement;
  /** Puts changed products into the cache, once Postgres has them. An older version must never replace a newer one there. */
  readonly cacheProducts: (products: readonly WireProduct[]) => Promise<void>;
}

const readMessages = messageReader(queuedEventSchema);

/** Projects one batch and settles each of its messages. Never rejects. */
export async function projectOrderEvents(batch: MessageBatch, dependencies: ProjectionDependencies): Promise<void> {
  const { db, metrics } = dependencies;
  await consumeQueue(batch, { service: "orders", metrics }, async (messages) => {
    const { readable, unreadable } = readMessages(messages);
    await buryMessages(unreadable, { db, metrics, queue: batch.queue });
    const written = await write(readable, { ...dependencies, queue: batch.queue });
    await announce(
      written.map(({ event }) => event),
      dependencies,
    );
    for (const { message } of written) message.ack();
  });
}

type Deliveries = readonly Delivery<QueuedEvent>[];
type WriteDependencies = ProjectionDependencies & { readonly queue: string };

/** The deliveries that Postgres now has; the others have been settled. An outage throws, which delivers all of them again. */
async function write(deliveries: Deliveries, dependencies: WriteDependencies): Promise<Deliveries> {
  try {
    await projectEvents(
      dependencies.db,
      deliveries.map(({ event }) => event),
    );
    return deliveries;
  } catch (error) {
    if (!isRefusedByDatabase(error)) throw error;
    return writeApart(deliveries, dependencies);
  }
}

/** Somewhere in the batch is a value that Postgres never takes: each order and product on its own, so that only its own suffers. */
async function writeApart(deliveries: Deliveries, { db, metrics, queue }: WriteDependencies): Promise<Deliveries> {
  const groups = [...Map.groupBy(deliveries, ({ event }) => subjectOf(event)).values()];
  const written: Delivery<QueuedEvent>[] = [];
  await forEachBounded(groups, { concurrency: 4 }, async (group) => {
    try {
      await projectEvents(
        db,
        group.map(({ event }) => event),
      );
      written.push(...group);
    } catch (error) {
      const reason = describeError(error);
      if (isRefusedByDatabase(error))
        await buryMessages(
          group.map(({ message }) => ({ message, reason })),
          { db, metrics, queue },
        );
      else for (const { message } of group) message.retry(reason);
    }
  });
  return written;
}

const subjectOf = (event: QueuedEvent): string =>
  isProductEvent(event) ? `product ${event.data.product.sku}` : `order ${event.data.order.id}`;

/** Tells the cache and the actors. Nobody's failure is the messages' failure: cache entries end by themselves, actors send again. */
async function announce(events: readonly QueuedEvent[], dependencies: ProjectionDependencies): Promise<void> {
  const productEvents = events.filter(isProductEvent);
  const orderEvents = events.filter(isOrderEvent).map((event) => ({ orderId: event.data.order.id, eventId: event.id }));
  await Promise.all([
    cache(newestProducts(productEvents), dependencies),
    acknowledgeProductEvents(productEvents, dependencies.stockActor),
    acknowledgeOrderEvents(orderEvents, { ...dependencies, consumer: "order-events", service: "orders" }),
  ]);
}

async function cache(products: readonly WireProduct[], { cacheProducts }: ProjectionDependencies): Promise<void> {
  if (products.length === 0) return;
  try {
    await cacheProducts(products);
  } catch (error) {
    createLogger("orders").warn("Changed products could not be put into the cache; old ones end by their time to live", {
      products: products.length,
      cause: describeError(error),
    });
  }
}
