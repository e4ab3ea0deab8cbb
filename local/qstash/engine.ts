/**
 * Delivers what is due: fires schedules, sends messages, and settles what became of them. At least once, as the vendor does:
 * a try that was under way when the process died is made again.
 */
import { randomUUID } from "node:crypto";
import { attemptDelivery, callbackBody, callbackDelivery, nextTryMs, type Attempt, type Send } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { nextRunMs } from "./cron.ts";
import type { Callback, Job, KeptSchedule, Message } from "./message.ts";
import type { QstashStore, WaitingMessage } from "./store.ts";

/** Tries under way at a time. */
const maxConcurrentTries = 16;

export interface EngineOptions {
  readonly store: QstashStore;
  readonly clock: Clock;
  readonly send: Send;
}

export class QstashEngine {
  readonly #store: QstashStore;
  readonly #clock: Clock;
  readonly #send: Send;
  readonly #underWay = new Set<Promise<void>>();
  #running: AbortController | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor({ store, clock, send }: EngineOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#send = send;
  }

  /** Begins to deliver. Runs of schedules that were missed meanwhile are not made up for. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    this.#store.forget(this.#clock.now());
    for (const { schedule } of this.#store.schedules()) this.#store.moveSchedule(schedule, nextRunMs(schedule.cron, this.#clock.now()));
    this.wake();
  }

  /** Gives up what is under way; it is done again after the next start. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#running?.abort(new Error("the local QStash is stopping"));
    this.#running = undefined;
    await Promise.all(this.#underWay);
  }

  /** Resolves when nothing is due and nothing is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Something may be due that was not before. */
  wake(): void {
    if (this.#running === undefined) return;
    this.#fireDue();
    const limit = maxConcurrentTries - this.#underWay.size;
    for (const waiting of this.#store.claimDue({ nowMs: this.#clock.now(), limit })) this.#begin(waiting, this.#running);
    this.#setTimer();
  }

  /** Publishes a schedule's message now, out of turn. */
  fire({ schedule }: KeptSchedule): Message {
    return this.add(schedule.job, { scheduleId: schedule.scheduleId });
  }

  /** Takes a message. The caller wakes the engine, after its transaction. */
  add(job: Job, { messageId = newMessageId(), notBeforeMs, scheduleId = null }: NewMessage = {}): Message {
    const createdAtMs = this.#clock.now();
    const message = { ...job, messageId, createdAtMs, notBeforeMs: notBeforeMs ?? createdAtMs + job.delayMs, scheduleId };
    this.#store.addMessage(message);
    return message;
  }

  #fireDue(): void {
    const now = this.#clock.now();
    for (const kept of this.#store.schedules().filter(({ nextAtMs }) => nextAtMs <= now)) {
      const nextAtMs = nextRunMs(kept.schedule.cron, now);
      this.#store.transaction(() => {
        if (!kept.paused) this.fire(kept);
        this.#store.moveSchedule({ ...kept.schedule, ...(!kept.paused && { lastAtMs: now }) }, nextAtMs);
      });
    }
  }

  #setTimer(): void {
    this.#cancelTimer();
    const nextMs = this.#store.nextDueMs();
    // With every place taken, the end of a try is what wakes us.
    if (nextMs === null || this.#underWay.size >= maxConcurrentTries) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, nextMs - this.#clock.now()), () => this.wake());
  }

  #begin(waiting: WaitingMessage, running: AbortController): void {
    const work = this.#deliver(waiting, running.signal)
      .catch((error: unknown) => console.error(`The local QStash could not settle ${waiting.message.messageId}: ${String(error)}`))
      .finally(() => {
        this.#underWay.delete(work);
        this.wake();
      });
    this.#underWay.add(work);
  }

  async #deliver({ message, retried }: WaitingMessage, signal: AbortSignal): Promise<void> {
    const context = { send: this.#send, clock: this.#clock, signingKey: this.#store.signingKeys().current, retried, signal };
    const attempt = await attemptDelivery(message, context).catch(() => undefined);
    // Given up: what the destination has done of it is not known, so it is sent again.
    if (attempt === undefined) {
      this.#store.retryMessage(message.messageId, { retried, nextAtMs: this.#clock.now() });
      return;
    }
    if (this.#store.message(message.messageId) === undefined) return;
    this.#store.transaction(() => this.#settle({ message, retried }, attempt));
  }

  #settle({ message, retried }: WaitingMessage, attempt: Attempt): void {
    const nowMs = this.#clock.now();
    const nextAtMs = attempt.delivered ? null : nextTryMs(message, { attempt, retried, nowMs });
    const { response } = attempt;
    this.#call(message.callback, () => callbackBody(message, { response, retried }));
    if (nextAtMs !== null) return this.#store.retryMessage(message.messageId, { retried: retried + 1, nextAtMs });
    this.#store.deleteMessage(message.messageId);
    if (attempt.delivered) return;
    const { dlqId } = this.#store.bury({ message, response }, nowMs);
    this.#call(message.failureCallback, () => callbackBody(message, { response, retried, dlqId }));
  }

  /** A callback is a message like any other. */
  #call(callback: Callback | null, body: () => string): void {
    if (callback === null) return;
    this.add({ ...callbackDelivery(callback, body()), callback: null, failureCallback: null, label: null });
  }
}

export interface NewMessage {
  readonly messageId?: string;
  /** Default: after the job's delay. */
  readonly notBeforeMs?: number;
  readonly scheduleId?: string | null;
}

export const newMessageId = (): string => `msg_${randomUUID().replaceAll("-", "")}`;
