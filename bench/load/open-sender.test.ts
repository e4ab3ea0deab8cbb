import { describe, expect, it } from "vitest";
import { AnswerLog } from "./answer-log.ts";
import type { HttpAnswer } from "./http-answer.ts";
import type { AnswerBatch } from "./load-plan.ts";
import { OpenSchedule } from "./open-schedule.ts";
import { OpenSender } from "./open-sender.ts";

const confirmed: HttpAnswer = { status: 201, body: "", closes: false };

/** A clock that jumps from one thing to the next. */
class VirtualClock {
  nowMs = 0;
  readonly #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  at(atMs: number, run: () => void): void {
    this.#timers.push({ atMs, run });
  }

  async runAll(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const timer = this.#timers.shift();
      if (timer === undefined) return;
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      timer.run();
    }
  }
}

/** @param answersAtMs When an order that is sent at a moment is answered; undefined: never. */
async function send(
  schedule: OpenSchedule,
  { connections, answersAtMs }: { connections: number; answersAtMs: (nowMs: number) => number | undefined },
) {
  const clock = new VirtualClock();
  const batches: AnswerBatch[] = [];
  const log = new AnswerLog((batch) => batches.push(batch));
  const connection = {
    send(_request: string, finish: (answer: HttpAnswer) => void) {
      const atMs = answersAtMs(clock.nowMs);
      if (atMs !== undefined) clock.at(atMs, () => finish(confirmed));
    },
  };
  const sender = new OpenSender({
    run: { log, nextOrder: () => ({ sku: 0, request: "" }) },
    schedule,
    connections: Array.from({ length: connections }, () => ({ ...connection })),
    now: () => clock.nowMs,
    sleep: (ms) => new Promise<void>((resolve) => clock.at(clock.nowMs + ms, resolve)),
  });
  void sender.sendAll();
  await clock.runAll();
  log.flush();
  return { latenciesMs: batches.flatMap(({ latenciesMs }) => latenciesMs), counted: batches.flatMap(({ counted }) => counted), sender };
}

describe("OpenSender", () => {
  const schedule = (): OpenSchedule => new OpenSchedule({ rate: 100, warmUpMs: 0, measureMs: 1_000 });

  it("a system that answers in 1 ms is measured with 1 ms", async () => {
    const { latenciesMs } = await send(schedule(), { connections: 4, answersAtMs: (nowMs) => nowMs + 1 });
    expect(latenciesMs).toEqual(Array.from({ length: 100 }, () => 1));
  });

  it("a stall counts for every order that was due in it, also for those that could not be sent", async () => {
    // Nothing is answered until 500 ms; one connection, so only the first order has been sent by then.
    const { latenciesMs } = await send(schedule(), { connections: 1, answersAtMs: (nowMs) => Math.max(nowMs, 500) });
    expect(latenciesMs).toHaveLength(100);
    expect(latenciesMs.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, index) => 500 - index * 10));
    expect(latenciesMs.slice(51)).toEqual(Array.from({ length: 49 }, () => 0));
  });

  it("an order waits for its connection in the order in which orders are due", async () => {
    const { latenciesMs } = await send(schedule(), { connections: 1, answersAtMs: (nowMs) => nowMs + 20 });
    // Each takes 20 ms and one is due every 10 ms: the n-th is 10 ms later than the one before it.
    expect(latenciesMs.slice(0, 4)).toEqual([20, 30, 40, 50]);
  });

  it("what has never gone out is told as unsent, and is not counted as fast", async () => {
    const { latenciesMs, sender } = await send(schedule(), { connections: 3, answersAtMs: () => undefined });
    expect(latenciesMs).toEqual([]);
    expect(sender.giveUp()).toBe(97);
  });

  it("orders of the warm-up are sent and do not count", async () => {
    const { counted } = await send(new OpenSchedule({ rate: 10, warmUpMs: 500, measureMs: 500 }), {
      connections: 1,
      answersAtMs: (nowMs) => nowMs,
    });
    expect(counted).toEqual([false, false, false, false, false, true, true, true, true, true]);
  });
});
