/** The first step of every consumer: which messages say what the queue is for. */
import { z } from "zod";
import type { QueueMessage } from "./queue-consumer.ts";

export interface Delivery<Event> {
  readonly message: QueueMessage;
  readonly event: Event;
}

export interface UnreadableMessage {
  readonly message: QueueMessage;
  /** What is wrong with it, field by field; no values. */
  readonly reason: string;
}

/** Parses every body. One that does not parse now never will, so it is not to be retried. */
export function readMessages<Schema extends z.ZodType>(
  messages: readonly QueueMessage[],
  schema: Schema,
): { readonly readable: readonly Delivery<z.infer<Schema>>[]; readonly unreadable: readonly UnreadableMessage[] } {
  const readable: Delivery<z.infer<Schema>>[] = [];
  const unreadable: UnreadableMessage[] = [];
  for (const message of messages) {
    const result = schema.safeParse(message.body);
    if (result.success) readable.push({ message, event: result.data });
    else unreadable.push({ message, reason: `Not an event that is known here. ${z.prettifyError(result.error)}`.slice(0, 1_000) });
  }
  return { readable, unreadable };
}
