/** What can be asked of QStash, behind its HTTP interface. Every method that changes something wakes the engine. */
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import { nextRunMs } from "./cron.ts";
import { newMessageId, type QstashEngine } from "./engine.ts";
import type { DeadLetter, KeptSchedule, Message } from "./message.ts";
import { deduplicationId, notBeforeMs, QstashRequestError, readJob, type JobHeaders } from "./read-job.ts";
import type { QstashStore, SigningKeys } from "./store.ts";

export interface PublishRequest {
  readonly destination: string;
  readonly headers: JobHeaders;
  readonly body: string;
}

export interface Published {
  readonly messageId: string;
  /** There when the message had been published before, and was not again. */
  readonly deduplicated?: true;
}

export class QstashAccount {
  readonly #store: QstashStore;
  readonly #engine: QstashEngine;
  readonly #clock: Clock;

  constructor(parts: { readonly store: QstashStore; readonly engine: QstashEngine; readonly clock: Clock }) {
    this.#store = parts.store;
    this.#engine = parts.engine;
    this.#clock = parts.clock;
  }

  /** All of them or none. @throws QstashRequestError 400. */
  publish(requests: readonly PublishRequest[]): Published[] {
    return this.#change(() => requests.map((request) => this.#publishOne(request)));
  }

  #publishOne(request: PublishRequest): Published {
    if ("upstash-cron" in request.headers) throw new QstashRequestError(400, "a schedule is created with /v2/schedules");
    const nowMs = this.#clock.now();
    const job = readJob(request);
    const messageId = newMessageId();
    const sameness = deduplicationId(job, request.headers);
    const known = sameness === null ? null : this.#store.deduplicate(sameness, { messageId, nowMs });
    if (known !== null) return { messageId: known, deduplicated: true };
    this.#engine.add(job, { messageId, notBeforeMs: notBeforeMs(job, { headers: request.headers, nowMs }) });
    return { messageId };
  }

  /** A message that waits or is under way. @throws QstashRequestError 404. */
  message(id: string): Message {
    return this.#store.message(id) ?? notFound(`message ${id}`);
  }

  /** @returns How many of them there were. One that is under way is not tried again. */
  cancel(matches: (message: Message) => boolean): number {
    return this.#change(
      () => this.#store.messages().filter((message) => matches(message) && this.#store.deleteMessage(message.messageId)).length,
    );
  }

  deadLetters(matches: (letter: DeadLetter) => boolean): DeadLetter[] {
    this.#store.forget(this.#clock.now());
    return this.#store.deadLetters().filter(matches);
  }

  deleteDeadLetters(letters: readonly DeadLetter[]): number {
    return this.#change(() => letters.filter(({ dlqId }) => this.#store.deleteDeadLetter(dlqId)).length);
  }

  /** Publishes each again, as a new message, and takes it off the list. */
  retryDeadLetters(letters: readonly DeadLetter[]): Published[] {
    return this.#change(() =>
      letters.map(({ dlqId, message }) => {
        this.#store.deleteDeadLetter(dlqId);
        const { messageId } = this.#engine.add(message, { notBeforeMs: this.#clock.now(), scheduleId: message.scheduleId });
        return { messageId };
      }),
    );
  }

  /** Creates a schedule, or replaces the one of the same id. @throws QstashRequestError 400. */
  putSchedule(request: PublishRequest): { readonly scheduleId: string } {
    const { "upstash-cron": cron = "", "upstash-schedule-id": scheduleId = `scd_${randomUUID().replaceAll("-", "")}` } = request.headers;
    const createdAtMs = this.#clock.now();
    const schedule = { scheduleId, cron, createdAtMs, lastAtMs: null, job: readJob(request) };
    this.#change(() => this.#store.putSchedule(schedule, nextRunMs(cron, createdAtMs)));
    return { scheduleId };
  }

  schedules(): KeptSchedule[] {
    return this.#store.schedules();
  }

  /** @throws QstashRequestError 404. */
  schedule(id: string): KeptSchedule {
    return this.#store.schedules().find(({ schedule }) => schedule.scheduleId === id) ?? notFound(`schedule ${id}`);
  }

  /** While it is paused its times pass by. @throws QstashRequestError 404. */
  pauseSchedule(id: string, paused: boolean): void {
    if (!this.#change(() => this.#store.pauseSchedule(id, paused))) notFound(`schedule ${id}`);
  }

  /** @throws QstashRequestError 404. */
  deleteSchedule(id: string): void {
    if (!this.#change(() => this.#store.deleteSchedule(id))) notFound(`schedule ${id}`);
  }

  keys(): SigningKeys {
    return this.#store.signingKeys();
  }

  rotateKeys(): SigningKeys {
    return this.#store.rotateKeys();
  }

  #change<Value>(work: () => Value): Value {
    const value = this.#store.transaction(work);
    this.#engine.wake();
    return value;
  }
}

function notFound(what: string): never {
  throw new QstashRequestError(404, `${what} not found`);
}
