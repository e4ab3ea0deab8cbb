/**
 * The wrapping of every queue consumer: recovery -> tracing -> metrics -> logging around the handler, the outermost first.
 * Recovery sees to it that every message is settled and nothing is thrown at the platform; tracing gives each message the
 * context of the request that caused it; metrics count outcomes and time the batch; logging writes one line per message.
 */
import { z } from "zod";
import { describeError } from "../errors/operating-error.ts";
import type { WorkContext } from "./context.ts";
import { createLogger, type Logger, type ServiceName } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** `dead`: given up and kept as a dead letter; the queue is done with it. */
export type MessageOutcome = "acked" | "retried" | "dead";

export interface QueueConsumerOptions {
  readonly service: ServiceName;
  readonly metrics: Pick<Metrics, "count" | "observe">;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Handles the messages of one batch and settles each. What it leaves unsettled, or throws over, is delivered again. */
export type MessagesHandler = (messages: readonly QueueMessage[]) => Promise<void>;

/** Runs the handler over the batch. Never rejects: a failure is a retry of the messages that were not settled. */
export async function consumeQueue(batch: MessageBatch, options: QueueConsumerOptions, handle: MessagesHandler): Promise<void> {
  const now = options.now ?? Date.now;
  const messages = batch.messages.map((message) => new QueueMessage(message, now));
  const run: BatchRun = { ...options, now, queue: batch.queue, messages, startedMs: now() };
  await withRecovery(run, () => withTracing(run, () => withMetrics(run, () => withLogging(run, () => handle(messages)))));
}

/** One delivery. The first settlement counts, later ones change nothing. */
export class QueueMessage {
  readonly #message: Message;
  readonly #now: () => number;
  #settlement: { readonly outcome: MessageOutcome; readonly reason: string | undefined; readonly atMs: number } | undefined;
  #context: WorkContext | undefined;

  constructor(message: Message, now: () => number) {
    this.#message = message;
    this.#now = now;
  }

  get id(): string {
    return this.#message.id;
  }

  get body(): unknown {
    return this.#message.body;
  }

  /** Deliveries so far, this one included. */
  get attempts(): number {
    return this.#message.attempts;
  }

  /** Of the request that caused the message; undefined when the message does not say. */
  get context(): WorkContext | undefined {
    return this.#context;
  }

  get settlement(): { readonly outcome: MessageOutcome; readonly reason: string | undefined; readonly atMs: number } | undefined {
    return this.#settlement;
  }

  trace(context: WorkContext | undefined): void {
    this.#context = context;
  }

  ack(): void {
    if (this.#settle("acked")) this.#message.ack();
  }

  /** Delivers it again after a pause that grows with its attempts; the queue makes it a dead letter after its last one. */
  retry(reason: string): void {
    if (this.#settle("retried", reason)) this.#message.retry({ delaySeconds: retryDelaySeconds(this.attempts) });
  }

  /** Gives it up. Call only when it has been kept as a dead letter. */
  dead(reason: string): void {
    if (this.#settle("dead", reason)) this.#message.ack();
  }

  #settle(outcome: MessageOutcome, reason?: string): boolean {
    if (this.#settlement !== undefined) return false;
    this.#settlement = { outcome, reason, atMs: this.#now() };
    return true;
  }
}

/** Seconds until the next delivery: 5, 10, 20 ... at most 300. Without jitter, so that what failed together is one batch again. */
export const retryDelaySeconds = (attempts: number): number => Math.min(300, 5 * 2 ** Math.max(0, attempts - 1));

interface BatchRun extends Required<QueueConsumerOptions> {
  readonly queue: string;
  readonly messages: readonly QueueMessage[];
  readonly startedMs: number;
}

type Inner = () => Promise<void>;

async function withRecovery(run: BatchRun, inner: Inner): Promise<void> {
  let reason = "the handler did not settle the message";
  try {
    await inner();
  } catch (error) {
    reason = describeError(error);
  }
  for (const message of run.messages) message.retry(reason);
}

const tracedBodySchema = z.object({ requestid: z.string().max(128), correlationid: z.string().max(128) });

async function withTracing(run: BatchRun, inner: Inner): Promise<void> {
  for (const message of run.messages) {
    const traced = tracedBodySchema.safeParse(message.body).data;
    message.trace(traced && { requestId: traced.requestid, correlationId: traced.correlationid });
  }
  await inner();
}

async function withMetrics(run: BatchRun, inner: Inner): Promise<void> {
  try {
    await inner();
  } finally {
    const { queue, metrics } = run;
    metrics.observe("holdfast_queue_batch_duration_seconds", { queue }, (run.now() - run.startedMs) / 1_000);
    for (const message of run.messages) {
      metrics.count("holdfast_queue_messages_total", { queue, outcome: message.settlement?.outcome ?? "retried" });
    }
  }
}

async function withLogging(run: BatchRun, inner: Inner): Promise<void> {
  let failure: string | undefined;
  try {
    await inner();
  } catch (error) {
    failure = describeError(error);
    throw error;
  } finally {
    for (const message of run.messages) logMessage(run, message, failure);
  }
}

const levels = { acked: "info", retried: "warn", dead: "error" } as const satisfies Record<MessageOutcome, keyof Logger>;
const describedBodySchema = z.object({ id: z.string().max(128), type: z.string().max(128), subject: z.string().max(128).optional() });

function logMessage(run: BatchRun, message: QueueMessage, failure: string | undefined): void {
  const { outcome, reason, atMs } = message.settlement ?? { outcome: "retried" as const, reason: failure, atMs: run.now() };
  const event = describedBodySchema.safeParse(message.body).data;
  createLogger(run.service, message.context)[levels[outcome]](`Queue message ${outcome}`, {
    queue: run.queue,
    message_id: message.id,
    event_id: event?.id,
    event_type: event?.type,
    subject: event?.subject,
    attempts: message.attempts,
    outcome,
    reason,
    duration_ms: atMs - run.startedMs,
  });
}
