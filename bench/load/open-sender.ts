/**
 * Sends the orders of an open loop when they are due. An order that finds every connection busy waits its turn, and its latency counts from
 * the moment it was meant to go out all the same.
 */
import type { HttpAnswer } from "./http-answer.ts";
import type { LoopRun } from "./loop-run.ts";
import type { OpenSchedule } from "./open-schedule.ts";

export interface Sending {
  readonly run: Pick<LoopRun, "nextOrder" | "log">;
  readonly schedule: OpenSchedule;
  readonly connections: readonly { send(request: string, finish: (answer: HttpAnswer) => void): void }[];
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

type Connection = Sending["connections"][number];

export class OpenSender {
  /** How late orders went out that found a free connection, ms. */
  readonly latenessMs: number[] = [];
  readonly #sending: Sending;
  readonly #free: Connection[];
  #waiting: number[] = [];
  #waitingFrom = 0;
  #startedAtMs = 0;
  #onIdle: () => void = () => undefined;

  constructor(sending: Sending) {
    this.#sending = sending;
    this.#free = [...sending.connections];
  }

  /** Resolves when the last order has become due. */
  async sendAll(): Promise<void> {
    const { schedule, now, sleep } = this.#sending;
    this.#startedAtMs = now();
    for (let waitMs = schedule.waitMs(0); waitMs !== undefined; waitMs = schedule.waitMs(this.#elapsedMs())) {
      if (waitMs > 0) await sleep(Math.max(1, waitMs));
      this.#sendDue();
    }
  }

  /** Resolves when every order has been answered. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#tellIfIdle();
    });
  }

  /** Sends nothing more. @returns How many orders never went out. */
  giveUp(): number {
    const unsent = this.#waiting.length - this.#waitingFrom;
    this.#waiting = [];
    this.#waitingFrom = 0;
    return unsent;
  }

  #elapsedMs = (): number => this.#sending.now() - this.#startedAtMs;

  #sendDue(): void {
    const { schedule } = this.#sending;
    const nowMs = this.#elapsedMs();
    for (let index = schedule.takeDue(nowMs); index !== undefined; index = schedule.takeDue(nowMs)) {
      const connection = this.#free.pop();
      if (connection === undefined) {
        this.#waiting.push(index);
        continue;
      }
      this.latenessMs.push(nowMs - schedule.dueAtMs(index));
      this.#send(connection, index);
    }
  }

  #send(connection: Connection, index: number): void {
    const { run, schedule } = this.#sending;
    const order = run.nextOrder();
    connection.send(order.request, (answer) => {
      const latencyMs = this.#elapsedMs() - schedule.dueAtMs(index);
      run.log.add({ sku: order.sku, latencyMs, counted: schedule.isMeasured(index) }, answer);
      this.#release(connection);
    });
  }

  #release(connection: Connection): void {
    const index = this.#waiting[this.#waitingFrom];
    if (index !== undefined) {
      this.#waitingFrom += 1;
      this.#send(connection, index);
      return;
    }
    this.#free.push(connection);
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#free.length === this.#sending.connections.length) this.#onIdle();
  }
}
