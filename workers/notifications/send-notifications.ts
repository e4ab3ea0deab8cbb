/** The consumer of the queue `notifications`, and sending by hand: both go through `send`, which counts. */
import { acknowledgeOrderEvents } from "../../durable-objects/order/acknowledge-events.ts";
import type { WireNotification } from "../../shared/contracts/notification.ts";
import type { NotificationCommand } from "../../shared/contracts/rpc.ts";
import { buryMessages, type Burial } from "../../shared/db/bury-messages.ts";
import type { Database } from "../../shared/db/client.ts";
import { findNotification } from "../../shared/db/notifications.ts";
import { OperatingError } from "../../shared/errors/operating-error.ts";
import { orderNoticeSchema, type OrderNotice } from "../../shared/events/order-notice.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Placement } from "../../shared/platform/placement.ts";
import { consumeQueue } from "../../shared/platform/queue-consumer.ts";
import { messageReader, type Delivery } from "../../shared/platform/read-messages.ts";
import { orderNotification } from "./order-notification.ts";
import type { NotificationProvider, SendResult } from "./provider.ts";

export interface NotificationDependencies {
  readonly db: Database;
  readonly metrics: Pick<Metrics, "count" | "observe">;
  readonly provider: NotificationProvider;
  readonly orderActors: DurableObjectNamespace;
  readonly placement: Placement;
}

const readMessages = messageReader(orderNoticeSchema);

/** Sends what the batch asks for, tells the order actors, and settles each message. Never rejects. */
export async function sendNotifications(batch: MessageBatch, dependencies: NotificationDependencies): Promise<void> {
  const { db, metrics } = dependencies;
  await consumeQueue(batch, { service: "notifications", metrics }, async (messages) => {
    const { readable, unreadable } = readMessages(messages);
    const { done, given } = await deliver(readable, dependencies);
    await buryMessages([...unreadable, ...given], { db, metrics, queue: batch.queue });
    const events = done.map(({ event }) => ({ orderId: event.data.order.id, eventId: event.id }));
    await acknowledgeOrderEvents(events, { ...dependencies, consumer: "notifications", service: "notifications" });
    for (const { message } of done) message.ack();
  });
}

/** Sends one notification by hand. A second one with its id is answered with the first. Throws OperatingError when it was not sent. */
export async function notifyByHand(command: NotificationCommand, dependencies: NotificationDependencies): Promise<WireNotification> {
  const [result] = await send([command], dependencies);
  if (result?.outcome === "failed") throw new OperatingError(result.reason, { retryable: result.retryable });
  const sent = await findNotification(dependencies.db, command);
  if (sent === null) throw new OperatingError("The provider sent a notification and kept no record of it", { retryable: false });
  return sent;
}

interface Delivered {
  readonly done: readonly Delivery<OrderNotice>[];
  /** Given up by the provider. */
  readonly given: readonly Burial[];
}

/** Events that nobody is told of are done at once. Those to be tried again have been settled. */
async function deliver(deliveries: readonly Delivery<OrderNotice>[], dependencies: NotificationDependencies): Promise<Delivered> {
  const told = deliveries.flatMap((delivery) => {
    const command = orderNotification(delivery.event);
    return command === null ? [] : [{ delivery, command }];
  });
  const results = await send(
    told.map(({ command }) => command),
    dependencies,
  );
  const failed = told.flatMap(({ delivery }, index) => {
    const result = results[index];
    return result?.outcome === "failed" ? [{ delivery, ...result }] : [];
  });
  for (const { delivery, reason, retryable } of failed) if (retryable) delivery.message.retry(reason);
  const failedMessages = new Set(failed.map(({ delivery }) => delivery.message));
  return {
    done: deliveries.filter(({ message }) => !failedMessages.has(message)),
    given: failed.filter(({ retryable }) => !retryable).map(({ delivery, reason }) => ({ message: delivery.message, reason })),
  };
}

async function send(
  commands: readonly NotificationCommand[],
  { provider, metrics }: NotificationDependencies,
): Promise<readonly SendResult[]> {
  if (commands.length === 0) return [];
  const results = await provider.send(commands);
  if (results.length !== commands.length)
    throw new OperatingError(`The provider ${provider.name} did not answer for each`, { retryable: true });
  countResults(commands, { results, metrics });
  return results;
}

function countResults(
  commands: readonly NotificationCommand[],
  { results, metrics }: Pick<NotificationDependencies, "metrics"> & { readonly results: readonly SendResult[] },
): void {
  const kinds = Map.groupBy(commands.keys(), (index) => commands[index]?.kind ?? "");
  for (const [kind, indexes] of kinds) {
    const outcomes = Map.groupBy(indexes, (index) => results[index]?.outcome ?? "failed");
    for (const [outcome, those] of outcomes) metrics.count("holdfast_notifications_total", { kind, outcome }, those.length);
  }
}
