/**
 * The wrapping of every queue consumer: recovery -> tracing -> metrics -> logging around the handler, the outermost first.
 * Recovery sees to it that every message is settled and nothing is thrown at the platform; tracing gives each message the
 * context of the request that caused it; metrics count outcomes and time the batch; logging writes a line for what is done, and
 * one for each message that is not.
 */
import { z } from "zod";
import { describeError } from "../errors/operating-error.ts";
import { readEvents } from "../events/event-list.ts";
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

/**
 * Events that are handled at once, or up to a message more: each portion costs its statements, requests and acknowledgements, and what else
 * the isolate has to do need not wait for thousands of events, nor for thousands to be read.
 */
const eventsAtOnce = 200;
/** Characters of text that are handled at once, or up to a message more: 50 orders of 100 lines, which Postgres writes well within its 2 s. */
const charactersAtOnce = 2_000_000;

/**
 * Runs the handler over the batch's events, a portion after the other. Never rejects: a failure is a retry of the messages that
 * were not settled.
 */
export async function consumeQueue(batch: MessageBatch, options: QueueConsumerOptions, handle: MessagesHandler): Promise<void> {
  const now = options.now ?? Date.now;
  for (const messages of portionsOf(batch, now)) {
    const run: BatchRun = { ...options, now, queue: batch.queue, messages, startedMs: now() };
    await withRecovery(run, () => withTracing(run, () => withMetrics(run, () => withLogging(run, () => handle(messages)))));
  }
}

/** The events of whole messages, read when their portion's turn comes. */
function* portionsOf({ messages }: MessageBatch, now: () => number): Generator<readonly QueueMessage[]> {
  let portion: QueueMessage[] = [];
  let characters = 0;
  for (const message of messages) {
    const { body } = message;
    portion.push(...unpack(message, { body, now }));
    characters += typeof body === "string" ? body.length : 0;
    if (portion.length < eventsAtOnce && characters < charactersAtOnce) continue;
    yield portion;
    [portion, characters] = [[], 0];
  }
  if (portion.length > 0) yield portion;
}

/** A message is one event or several, each of which is handled as if it had come alone. */
function unpack(message: Message, { body, now }: Pick<MessageParts, "body" | "now">): readonly QueueMessage[] {
  const events = readEvents(body);
  const carrier = new Carrier(message, events.length);
  return events.map((event, index) => {
    const id = events.length === 1 ? message.id : `${message.id}/${index + 1}`;
    return new QueueMessage({ id, body: event, carrier, now });
  });
}

/**
 * What came as one message is settled as one: delivered again when all of its events must be, acknowledged when any of them is done.
 * One that must come again is then sent again by the outbox it is from, alone: so one that nobody can use does not take those that are
 * done to the dead letters with it.
 */
class Carrier {
  readonly #message: Message;
  #open: number;
  #isAnyDone = false;

  constructor(message: Message, events: number) {
    this.#message = message;
    this.#open = events;
  }

  get attempts(): number {
    return this.#message.attempts;
  }

  settle(outcome: MessageOutcome): void {
    this.#open -= 1;
    if (outcome !== "retried") this.#isAnyDone = true;
    if (this.#open > 0) return;
    if (this.#isAnyDone) this.#message.ack();
    else this.#message.retry({ delaySeconds: retryDelaySeconds(this.attempts) });
  }
}

interface MessageParts {
  readonly id: string;
  readonly body: unknown;
  readonly carrier: Carrier;
  readonly now: () => number;
}

/** One event of a delivery. The first settlement counts, later ones change nothing. */
export class QueueMessage {
  readonly id: string;
  readonly body: unknown;
  readonly #carrier: Carrier;
  readonly #now: () => number;
  #settlement: { readonly outcome: MessageOutcome; readonly reason: string | undefined; readonly atMs: number } | undefined;
  #context: WorkContext | undefined;

  constructor({ id, body, carrier, now }: MessageParts) {
    this.id = id;
    this.body = body;
    this.#carrier = carrier;
    this.#now = now;
  }

  /** Deliveries so far, this one included. */
  get attempts(): number {
    return this.#carrier.attempts;
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
    this.#settle("acked");
  }

  /** Delivers it again after a pause that grows with its attempts; the queue makes it a dead letter after its last one. */
  retry(reason: string): void {
    this.#settle("retried", reason);
  }

  /** Gives it up. Call only when it has been kept as a dead letter. */
  dead(reason: string): void {
    this.#settle("dead", reason);
  }

  #settle(outcome: MessageOutcome, reason?: string): void {
    if (this.#settlement !== undefined) return;
    this.#settlement = { outcome, reason, atMs: this.#now() };
    this.#carrier.settle(outcome);
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

async function withTracing(run: BatchRun, inner: Inner): Promise<void> {
  for (const message of run.messages) message.trace(contextOf(message.body));
  await inner();
}

function contextOf(body: unknown): WorkContext | undefined {
  if (typeof body !== "object" || body === null || !("requestid" in body && "correlationid" in body)) return undefined;
  const { requestid: requestId, correlationid: correlationId } = body;
  return isTraceId(requestId) && isTraceId(correlationId) ? { requestId, correlationId } : undefined;
}

const isTraceId = (value: unknown): value is string => typeof value === "string" && value.length <= 128;

async function withMetrics(run: BatchRun, inner: Inner): Promise<void> {
  try {
    await inner();
  } finally {
    const { queue, metrics } = run;
    metrics.observe("holdfast_queue_batch_duration_seconds", { queue }, (run.now() - run.startedMs) / 1_000);
    const outcomes = Map.groupBy(run.messages, ({ settlement }) => settlement?.outcome ?? "retried");
    for (const [outcome, messages] of outcomes) metrics.count("holdfast_queue_messages_total", { queue, outcome }, messages.length);
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
    const acked = run.messages.filter(({ settlement }) => settlement?.outcome === "acked").length;
    if (acked > 0) logAcked(run, acked);
    for (const message of run.messages) if (message.settlement?.outcome !== "acked") logUndone(run, message, failure);
  }
}

function logAcked({ service, queue, now, startedMs }: BatchRun, messages: number): void {
  createLogger(service).info("Queue messages acked", { queue, messages, duration_ms: now() - startedMs });
}

const levels = { retried: "warn", dead: "error" } as const satisfies Record<Exclude<MessageOutcome, "acked">, keyof Logger>;
const describedBodySchema = z.object({ id: z.string().max(128), type: z.string().max(128), subject: z.string().max(128).optional() });

function logUndone(run: BatchRun, message: QueueMessage, failure: string | undefined): void {
  const { reason, atMs } = message.settlement ?? { reason: failure, atMs: run.now() };
  const outcome = message.settlement?.outcome === "dead" ? "dead" : "retried";
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
