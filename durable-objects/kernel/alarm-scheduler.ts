/**
 * One alarm for everything an actor must do later. What is due lies in the actor's own tables; the alarm is only the
 * wake-up call, so it may come early, late or twice. What a source throws is logged and the alarm is armed again from the
 * tables, for the platform gives an alarm up for ever after six failed retries; only storage that fails gets that far.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";

/** Something that keeps its own due times in SQL. */
export interface DueSource {
  readonly name: string;
  /** The earliest due time, ms since the epoch, or null when there is nothing to do. */
  nextDueMs(): number | null;
  /** Does what is due, in bounded portions, and moves every due time it touched into the future or away. */
  runDue(nowMs: number): Promise<void>;
}

/** After a source fails as a whole its portion is tried again after this long. */
const failedRunDelayMs = 5_000;

export class AlarmScheduler {
  readonly #storage: DurableObjectStorage;
  readonly #sources: readonly DueSource[];
  readonly #logger: Logger;
  #armedAtMs: number | null = null;

  constructor(storage: DurableObjectStorage, sources: readonly DueSource[], logger: Logger) {
    this.#storage = storage;
    this.#sources = sources;
    this.#logger = logger;
  }

  /** Called once when the actor is loaded: arms what a lost or past alarm would have left asleep. */
  async restore(): Promise<void> {
    const alarmAtMs = await this.#storage.getAlarm();
    // A past one may never ring: it counts as none.
    this.#armedAtMs = alarmAtMs !== null && alarmAtMs > Date.now() ? alarmAtMs : null;
    this.#rearm(Date.now());
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
    try {
      this.#rearm(Date.now());
    } catch (error) {
      // The next `arm` sets an alarm.
      this.#logger.warn("the alarm could not be armed again", { error: describeError(error) });
    }
  }

  /** The body of the actor's `alarm()`. `failed`: a source threw, and is run again in a while. */
  async run(): Promise<"ok" | "failed"> {
    this.#armedAtMs = null;
    const nowMs = Date.now();
    const results = await Promise.all(this.#sources.map((source) => this.#runSource(source, nowMs)));
    const outcome = results.includes("failed") ? "failed" : "ok";
    try {
      this.#rearm(outcome === "failed" ? Date.now() + failedRunDelayMs : Date.now());
    } catch (error) {
      // Storage is failing. The platform's own retry of the alarm is the last resort, so this one run may be seen to fail.
      this.#logger.error("the alarm could not be armed", { error: describeError(error) });
      throw error;
    }
    return outcome;
  }

  async #runSource(source: DueSource, nowMs: number): Promise<"ok" | "failed"> {
    try {
      const dueAtMs = source.nextDueMs();
      if (dueAtMs !== null && dueAtMs <= nowMs) await source.runDue(nowMs);
      return "ok";
    } catch (error) {
      this.#logger.error("a scheduled run failed", { source: source.name, error: describeError(error) });
      return "failed";
    }
  }

  #rearm(notBeforeMs: number): void {
    const due = this.#sources.map((source) => source.nextDueMs()).filter((atMs) => atMs !== null);
    if (due.length > 0) this.arm(Math.max(Math.min(...due), notBeforeMs));
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
