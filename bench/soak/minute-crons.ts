/** The cron triggers of a system under load, fired every minute as its deployment fires them: sweep and audit have their part of the memory. */
import { fireEveryMinute } from "../../local/command.ts";

export interface CronRuns {
  readonly fired: number;
  readonly failed: number;
}

export class MinuteCrons {
  readonly #timer: Disposable;
  #last: Promise<void> = Promise.resolve();
  #fired = 0;
  #failed = 0;

  /**
   * The first time in a minute.
   *
   * @param fire As `RunningSystem.fireCron`. @param say Hears why one has failed.
   */
  constructor(fire: () => Promise<void>, say: (line: string) => void) {
    this.#timer = fireEveryMinute(() => {
      this.#fired += 1;
      this.#last = fire().catch((error: unknown) => {
        this.#failed += 1;
        say(`a cron trigger failed: ${String(error)}`);
      });
      return this.#last;
    });
  }

  /** Waits for the one that is under way. May be called twice. */
  async stop(): Promise<CronRuns> {
    this.#timer[Symbol.dispose]();
    await this.#last;
    return { fired: this.#fired, failed: this.#failed };
  }
}
