/** What the two consumers of the order events have in common. What throws is delivered again by the queue. */
import { orderHostOf, type FloorEnv } from "./env.ts";
import type { Consumer, OrderEvent } from "./outbox.ts";

/** The events of a batch, as one JSON array: a message is some of them with a comma between two. */
export const readBatch = ({ messages }: MessageBatch<string>): string => `[${messages.map(({ body }) => body).join(",")}]`;

/** One statement on the durable records, with the events as its parameter. @returns Its rows. */
export async function runStatement(env: FloorEnv, query: string, events: string): Promise<readonly (readonly string[])[]> {
  const response = await fetch(env.DATABASE_ENDPOINT, {
    method: "POST",
    headers: { "neon-connection-string": env.DATABASE_URL, "neon-raw-text-output": "true", "neon-array-mode": "true" },
    body: JSON.stringify({ query, params: [events] }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as { readonly rows: readonly (readonly string[])[] }).rows;
}

/** Tells the order objects that the consumer is done with their events. */
export async function acknowledge(env: FloorEnv, consumer: Consumer, events: string): Promise<void> {
  const keys = (JSON.parse(events) as readonly OrderEvent[]).map(({ key }) => key);
  const hosts = Map.groupBy(keys, (key) => orderHostOf(env, key));
  await Promise.all([...hosts].map(([host, group]) => env.ORDERS.getByName(host).acknowledge(consumer, group)));
}
