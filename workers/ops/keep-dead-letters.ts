/** The consumer of every dead-letter queue: a message that was given up stays visible until a person has dealt with it. */
import { buryMessages } from "../../shared/db/bury-messages.ts";
import type { Database } from "../../shared/db/client.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import { consumeQueue } from "../../shared/platform/queue-consumer.ts";

export interface DeadLetterDependencies {
  readonly db: Database;
  readonly metrics: Pick<Metrics, "count" | "observe">;
}

/** Keeps every message of the batch in `ops.dead_letters`, then acknowledges it; what cannot be kept comes again. Never rejects. */
export async function keepDeadLetters(batch: MessageBatch, { db, metrics }: DeadLetterDependencies): Promise<void> {
  await consumeQueue(batch, { service: "ops", metrics }, async (messages) => {
    const burials = messages.map((message) => ({ message, reason: null }));
    await buryMessages(burials, { db, metrics, queue: batch.queue.replace(/-dlq$/, "") });
  });
}
