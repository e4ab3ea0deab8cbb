/** The first step of every consumer: which messages say what the queue is for. */
import { z } from "zod";
import type { QueueMessage } from "./queue-consumer.ts";
import { quickCheck } from "./quick-check.ts";

export interface Delivery<Event> {
  readonly message: QueueMessage;
  readonly event: Event;
}

export interface UnreadableMessage {
  readonly message: QueueMessage;
  /** What is wrong with it, field by field; no values. */
  readonly reason: string;
}

export interface ReadMessages<Event> {
  readonly readable: readonly Delivery<Event>[];
  readonly unreadable: readonly UnreadableMessage[];
}

/**
 * A reader of messages whose bodies are what the schema says; make it once. What is not certainly right as it is gets parsed. A body that
 * does not parse now never will, so it is not to be retried.
 */
export function messageReader<Schema extends z.ZodType>(
  schema: Schema,
): (messages: readonly QueueMessage[]) => ReadMessages<z.infer<Schema>> {
  type Event = z.infer<Schema>;
  const isRight = quickCheck(schema) as (body: unknown) => body is Event;
  return (messages) => {
    const readable: Delivery<Event>[] = [];
    const unreadable: UnreadableMessage[] = [];
    for (const message of messages) {
      const result = isRight(message.body) ? { success: true as const, data: message.body } : schema.safeParse(message.body);
      if (result.success) readable.push({ message, event: result.data });
      else unreadable.push({ message, reason: `Not an event that is known here. ${z.prettifyError(result.error)}`.slice(0, 1_000) });
    }
    return { readable, unreadable };
  };
}
