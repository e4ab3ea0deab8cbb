/**
 * Changes that are written in the same moment, as one transaction: the platform makes one commit of them anyway, but a transaction for
 * each costs a tenth of what an order does (pages are copied for each, so that it can be rolled back). A change that throws does not
 * fail its neighbours: then each is written in a transaction of its own.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { writeWithAlarm, type AlarmScheduler, type Written } from "./alarm-scheduler.ts";
import { Gathering } from "./gathering.ts";

export interface WriteTables {
  readonly storage: DurableObjectStorage;
  readonly alarms: AlarmScheduler;
}

interface Change {
  readonly write: () => Written<unknown>;
  readonly written: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

export class JoinedWrites {
  readonly #tables: WriteTables;
  readonly #logger: Pick<Logger, "warn">;
  readonly #gathering = new Gathering<Change>((changes) => this.#writeAll(changes));

  constructor(tables: WriteTables, logger: Pick<Logger, "warn">) {
    this.#tables = tables;
    this.#logger = logger;
  }

  /**
   * Resolves when the change is written.
   *
   * @param write Writes it; may be called a second time, when the first was rolled back. What it decides by is as it is then, not as
   * it was at this call.
   * @param written Takes over its result, before anything else can happen.
   * @throws What `write` threw; nothing is written then. Or what `written` threw.
   */
  write<Result>(write: () => Written<Result>, written: (result: Result) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const take = (result: unknown): void => {
      written(result as Result);
      resolve(undefined);
    };
    this.#gathering.add({ write, written: take, failed: reject });
    return promise;
  }

  #writeAll(changes: readonly Change[]): void {
    const results = changes.length > 1 ? this.#together(changes) : null;
    changes.forEach((change, index) => (results === null ? this.#alone(change) : handOver(change, results[index])));
  }

  /** null: one of them threw, so nothing is written. */
  #together(changes: readonly Change[]): readonly unknown[] | null {
    try {
      return writeWithAlarm(this.#tables, () => {
        const all = changes.map(({ write }) => write());
        return { result: all.map(({ result }) => result), dueAtMs: Math.min(...all.map(({ dueAtMs }) => dueAtMs)) };
      });
    } catch (error) {
      // Whose change it was will be seen when it fails alone; what fails only together would never be seen.
      this.#logger.warn("a transaction that changes share was rolled back", { changes: changes.length, error: describeError(error) });
      return null;
    }
  }

  #alone(change: Change): void {
    try {
      handOver(change, writeWithAlarm(this.#tables, change.write));
    } catch (error) {
      change.failed(error);
    }
  }
}

/** A defect in what takes the result over is the change's own: its neighbours must hear of theirs. */
function handOver({ written, failed }: Change, result: unknown): void {
  try {
    written(result);
  } catch (error) {
    failed(error);
  }
}
