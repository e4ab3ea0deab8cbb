/** Gremlins between an actor and a queue. */
import { readEvents } from "../events/event-list.ts";
import type { Chaos } from "./chaos.ts";

export type QueueSender = Pick<Queue, "sendBatch">;

export interface ChaoticQueueOptions {
  readonly chaos: Chaos;
  /** The queue's name: the operation that its gremlins are told by. */
  readonly name: string;
  /** The order of a message that has gremlins of its own: such a message is sent alone. Default: none has. */
  readonly orderIdOf?: (event: unknown) => string | undefined;
}

/**
 * The queue, its batches met by gremlins, one draw a batch. A gremlin of kind `drop` loses the batch and says that it was
 * sent. Rejects when any part of the batch was refused; the others have been sent.
 */
export function chaoticQueue(queue: QueueSender, { chaos, name, orderIdOf = () => undefined }: ChaoticQueueOptions): QueueSender {
  const send = (messages: readonly MessageSendRequest[], orderId: string | undefined): Promise<QueueSendBatchResponse> =>
    chaos.run(
      { service: "queues", operation: name, orderId },
      () => queue.sendBatch(messages),
      () => taken,
    );
  /** The events of a message, each on its own, when any of them has gremlins of its own. */
  const apart = (message: MessageSendRequest): readonly Part[] => {
    const events = readEvents(message.body);
    if (events.length === 1) return [{ message, orderId: orderIdOf(events[0]) }];
    const parts = events.map((event) => ({ message: { ...message, body: JSON.stringify(event) }, orderId: orderIdOf(event) }));
    return parts.some(({ orderId }) => orderId !== undefined) ? parts : [{ message, orderId: undefined }];
  };
  return {
    sendBatch: async (messages) => {
      const parts = Map.groupBy([...messages].flatMap(apart), ({ orderId }) => orderId);
      const batches = [...parts].map(([orderId, those]) => ({ orderId, batch: those.map(({ message }) => message) }));
      await Promise.all(batches.map(({ orderId, batch }) => send(batch, orderId)));
      return taken;
    },
  };
}

/** What a broker says of a batch that it has taken; nobody reads it. */
const taken: QueueSendBatchResponse = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };

interface Part {
  readonly message: MessageSendRequest;
  readonly orderId: string | undefined;
}
