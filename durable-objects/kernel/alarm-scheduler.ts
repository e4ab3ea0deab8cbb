/**
 * One alarm for everything an actor must do later. What is due lies in the actor's own tables; the alarm is only the
 * wake-up call, so it may come early, late or twice. What a source throws is logged and the alarm is armed again from the
 * tables, for the platform gives an alarm up for ever after six failed retries; only storage that fails gets that far.
 *
 * No source holds up another. The platform rings no alarm while one is being handled, so a run that finds a source slow (a queue that
 * hangs) ends without it, and the source is let alone until it is done.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Deadlines } from "./deadlines.ts";

/** Something that keeps its own due times in SQL. */
export interface DueSource {
  readonly name: string;
  /** The earliest due time, ms since the epoch, or null when there is nothing to do. */
  nextDueMs(): number | null;
  /**
   * Does what is due, in bounded portions. Before it waits for anything it moves every due time it touched into the future or away: the
   * run may be over before it is, and the actor's life too.
   */
  runDue(nowMs: number): Promise<void>;
}

/** A source that failed as a whole, or that has more to do and is still at work, is looked at again after this long. */
const lookAgainMs = 5_000;
/** One run waits so long for its sources. */
const patienceMs = 1_000;

interface AlarmOptions {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
}

export class AlarmScheduler {
  readonly #storage: DurableObjectStorage;
  readonly #sources: readonly DueSource[];
  readonly #deadlines: Deadlines;
  readonly #logger: Logger;
  readonly #atWork = new Set<DueSource>();
  /** When a source failed that has not run since. */
  readonly #failedAtMs = new Map<DueSource, number>();
  /** Whether a source has failed since the last run was told of. */
  #hasFailed = false;
  #armedAtMs: number | null = null;

  constructor(storage: DurableObjectStorage, sources: readonly DueSource[], { deadlines, logger }: AlarmOptions) {
    this.#storage = storage;
    this.#sources = sources;
    this.#deadlines = deadlines;
    this.#logger = logger;
  }

  /** Called once when the actor is loaded: arms what a lost or past alarm would have left asleep. */
  async restore(): Promise<void> {
    const alarmAtMs = await this.#storage.getAlarm();
    // A past one may never ring: it counts as none.
    this.#armedAtMs = alarmAtMs !== null && alarmAtMs > Date.now() ? alarmAtMs : null;
    this.#rearm();
  }

  /** Makes sure that the alarm rings at `atMs` or before. Called in the transaction that wrote the due time. */
  arm(atMs: number): void {
    if (this.#armedAtMs !== null && this.#armedAtMs <= atMs) return;
    // Never at the present moment exactly: such an alarm has been seen not to ring.
    const ringsAtMs = Math.max(atMs, Date.now() + 1);
    this.#armedAtMs = ringsAtMs;
    // Refused later than what is written with it: a transaction does not fail by it.
    this.#storage.setAlarm(ringsAtMs).catch((error: unknown) => this.#notSet(ringsAtMs, error));
  }

  /** Taken for set, it would keep every later one from being set, for ever once its time is past. Not set again here, or there is no end. */
  #notSet(atMs: number, error: unknown): void {
    if (this.#armedAtMs === atMs) this.#armedAtMs = null;
    this.#logger.error("an alarm could not be set", { error: describeError(error) });
  }

  /** A transaction that armed was rolled back, and its alarm with it: what is remembered is nothing, and what is due is in the tables. */
  forget(): void {
    this.#armedAtMs = null;
    this.#tryRearm();
  }

  /** The body of the actor's `alarm()`. `failed`: a source threw, in this run or after the one before was over, and is run again in a while. */
  async run(): Promise<"ok" | "failed"> {
    this.#armedAtMs = null;
    const nowMs = Date.now();
    let isOver = false;
    const ready = this.#sources.filter((source) => this.#notBeforeMs(source) <= nowMs);
    const runs = ready.map(async (source) => {
      await this.#runSource(source, nowMs);
      if (isOver) this.#tryRearm();
    });
    const done = Promise.all(runs).then(() => undefined);
    await (ready.some((source) => this.#atWork.has(source)) ? this.#deadlines.waitFor(done, patienceMs) : done);
    isOver = true;
    try {
      this.#rearm();
    } catch (error) {
      // Storage is failing. The platform's own retry of the alarm is the last resort, so this one run may be seen to fail.
      this.#logger.error("the alarm could not be armed", { error: describeError(error) });
      throw error;
    }
    const outcome = this.#hasFailed ? "failed" : "ok";
    this.#hasFailed = false;
    return outcome;
  }

  /** Never rejects. */
  async #runSource(source: DueSource, nowMs: number): Promise<void> {
    this.#failedAtMs.delete(source);
    try {
      const dueAtMs = source.nextDueMs();
      if (dueAtMs === null || dueAtMs > nowMs) return;
      this.#atWork.add(source);
      await source.runDue(nowMs);
    } catch (error) {
      this.#logger.error("a scheduled run failed", { source: source.name, error: describeError(error) });
      this.#failedAtMs.set(source, Date.now());
      this.#hasFailed = true;
    } finally {
      this.#atWork.delete(source);
    }
  }

  #rearm(): void {
    const due = this.#sources.flatMap((source) => {
      const atMs = source.nextDueMs();
      return atMs === null ? [] : [Math.max(atMs, this.#notBeforeMs(source))];
    });
    if (due.length > 0) this.arm(Math.min(...due));
  }

  #notBeforeMs(source: DueSource): number {
    const nowMs = Date.now();
    // Armed all the same: its end arms again, but this life may end first.
    if (this.#atWork.has(source)) return nowMs + lookAgainMs;
    const failedAtMs = this.#failedAtMs.get(source);
    // A clock that was set back lets nobody wait longer.
    return failedAtMs === undefined || nowMs < failedAtMs ? -Infinity : failedAtMs + lookAgainMs;
  }

  #tryRearm(): void {
    try {
      this.#rearm();
    } catch (error) {
      // The next `arm` sets an alarm.
      this.#logger.warn("the alarm could not be armed again", { error: describeError(error) });
    }
  }
}

export interface Written<Result> {
  readonly result: Result;
  /** When the alarm must ring at the latest for what was written, ms since the epoch; Infinity when it need not. */
  readonly dueAtMs: number;
}

/** One transaction for a change and the alarm it needs; neither happens, nor is believed to have, when it throws. */
export function writeWithAlarm<Result>(
  { storage, alarms }: { readonly storage: Pick<DurableObjectStorage, "transactionSync">; readonly alarms: AlarmScheduler },
  write: () => Written<Result>,
): Result {
  try {
    return storage.transactionSync(() => {
      const { result, dueAtMs } = write();
      if (dueAtMs < Infinity) alarms.arm(dueAtMs);
      return result;
    });
  } catch (error) {
    alarms.forget();
    throw error;
  }
}
