/**
 * The load generator, in a process of its own (`start-load.ts`), so that its CPU is told apart from that of what it measures. It is
 * sent one plan, runs it, and ends.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../proofs/shared/random.ts";
import { AnswerLog } from "./answer-log.ts";
import { runClosedLoop } from "./closed-loop.ts";
import type { LoadMessage, LoadPlan } from "./load-plan.ts";
import type { LoopRun } from "./loop-run.ts";
import { runOpenLoop } from "./open-loop.ts";
import { OpenSchedule } from "./open-schedule.ts";

/** How long answers are waited for after the window, ms. */
const drainMs = 20_000;

process.on("disconnect", () => process.exit(1));
process.once("message", (plan) => {
  run(plan as LoadPlan).catch((error: unknown) => say({ kind: "failed", message: String(error) }));
});

const say = (message: LoadMessage): void => void process.send?.(message);

async function run(plan: LoadPlan): Promise<void> {
  const log = new AnswerLog((batch) => say({ kind: "answers", batch }));
  const clock = new WindowClock(plan);
  const loopRun = makeRun(plan, { log, clock });
  const outcome = await runLoop(loopRun, plan);
  log.flush();
  say({ kind: "done", summary: { windowMs: clock.windowMs, cpuMs: clock.cpuMs, ...outcome } });
}

async function runLoop(loopRun: LoopRun, { loop, warmUpMs, measureMs }: LoadPlan) {
  if (loop.kind === "open") {
    const schedule = new OpenSchedule({ rate: loop.rate, warmUpMs, measureMs });
    return runOpenLoop(loopRun, { schedule, connections: loop.connections });
  }
  await runClosedLoop(loopRun, loop.clients);
  return { latenessP99Ms: 0, unsent: 0 };
}

function makeRun({ address, templates, seed }: LoadPlan, { log, clock }: { log: AnswerLog; clock: WindowClock }): LoopRun {
  const random = seededRandom(seed);
  return {
    address,
    log,
    drainMs,
    nextOrder() {
      const sku = Math.floor(random.next() * templates.length);
      return { sku, request: (templates[sku] ?? []).join(crypto.randomUUID()) };
    },
    window: () => clock.run(),
    endWindow: () => clock.end(),
    isMeasured: () => clock.state === "measuring",
    isOver: () => clock.state === "over",
  };
}

class WindowClock {
  state: "warming" | "measuring" | "over" = "warming";
  windowMs = 0;
  cpuMs = 0;
  readonly #plan: LoadPlan;
  #startedAtMs = 0;
  #cpuBefore = process.cpuUsage();

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  async run(): Promise<void> {
    await sleep(this.#plan.warmUpMs);
    this.#startedAtMs = performance.now();
    this.#cpuBefore = process.cpuUsage();
    this.state = "measuring";
    say({ kind: "window-start" });
    await sleep(this.#plan.measureMs);
    this.state = "over";
  }

  end(): void {
    say({ kind: "window-end" });
    this.windowMs = performance.now() - this.#startedAtMs;
    const used = process.cpuUsage(this.#cpuBefore);
    this.cpuMs = (used.user + used.system) / 1_000;
  }
}
