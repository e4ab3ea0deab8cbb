import type { QueueSender } from "../../shared/chaos/chaotic-queue.ts";

/**
 * A queue's binding as what rows are sent through. One message goes as it is; only several are packed together, which miniflare's broker
 * has to undo (base64 in JSON) at a price for each byte.
 */
export function queueSender(queue: Pick<Queue, "send" | "sendBatch">): QueueSender {
  return {
    sendBatch: (messages) => {
      const [first, ...others] = messages;
      if (first === undefined || others.length > 0) return queue.sendBatch(messages);
      const { body, ...options } = first;
      return queue.send(body, options);
    },
  };
}
