/** From a queue's message to its dead letter: the last thing that is done for a message nobody can use. */
import { z } from "zod";
import { describeError } from "../errors/operating-error.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { QueueMessage } from "../platform/queue-consumer.ts";
import type { Database } from "./client.ts";
import { isRefusedByDatabase } from "./client.ts";
import { keepDeadLetters, type DeadLetter } from "./dead-letters.ts";

export interface BuryOptions {
  readonly db: Database;
  readonly metrics: Pick<Metrics, "count">;
  /** The queue the messages were sent to, not its dead-letter queue. */
  readonly queue: string;
}

/** A message to give up. The reason is null when the queue gave it up: it does not say why. */
export interface Burial {
  readonly message: QueueMessage;
  readonly reason: string | null;
}

/** Keeps the messages in `ops.dead_letters` and gives them up; what cannot be kept now is delivered again. Never throws. */
export async function buryMessages(burials: readonly Burial[], options: BuryOptions): Promise<void> {
  if (burials.length === 0) return;
  try {
    await keepDeadLetters(
      options.db,
      burials.map((burial) => toDeadLetter(burial, options.queue)),
    );
  } catch (error) {
    if (burials.length > 1 && isRefusedByDatabase(error)) return buryOneByOne(burials, options);
    for (const { message } of burials) message.retry(`The dead letter could not be kept: ${describeError(error)}`);
    return;
  }
  for (const { message, reason } of burials) message.dead(reason ?? "The queue gave it up");
  options.metrics.count("holdfast_dead_letters_total", { queue: options.queue }, burials.length);
}

/** One letter that Postgres will not take must not keep the others out. */
async function buryOneByOne(burials: readonly Burial[], options: BuryOptions): Promise<void> {
  for (const burial of burials) await buryMessages([burial], options);
}

const knownFieldsSchema = z.object({
  id: z.string().min(1).max(128).nullable().catch(null),
  requestid: z.string().max(128).nullable().catch(null),
  correlationid: z.string().max(128).nullable().catch(null),
});

function toDeadLetter({ message, reason }: Burial, queue: string): DeadLetter {
  const known = knownFieldsSchema.safeParse(message.body).data;
  return {
    queue,
    key: known?.id ?? message.id,
    body: message.body,
    reason,
    attempts: message.attempts,
    requestId: known?.requestid ?? null,
    correlationId: known?.correlationid ?? null,
  };
}
