/**
 * Changes that are written in the same moment, as one transaction: the platform makes one commit of them anyway, but a transaction for
 * each costs a tenth of what an order does (pages are copied for each, so that it can be rolled back). A change that throws does not
 * fail its neighbours: then each is written in a transaction for itself.
 */
import { describeError } from "../../shared/errors/operating-error.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { writeWithAlarm, type AlarmScheduler, type Written } from "./alarm-scheduler.ts";
import { Gathering } from "./gathering.ts";
import { inOwnTransaction } from "./own-transaction.ts";

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
   * @param written Takes over its result, before whoever awaits this goes on. Written together with others that is in a later turn than
   * the commit: until then nobody else may take the disk's word for what `write` writes, nor write to it.
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
    if (changes.length > 1) void this.#together(changes);
    else for (const change of changes) this.#alone(change);
  }

  /** Never rejects. */
  async #together(changes: readonly Change[]): Promise<void> {
    const results = await this.#writeTogether(changes);
    changes.forEach((change, index) => (results === null ? this.#alone(change) : handOver(change, results[index])));
  }

  /** null: one of them threw, so nothing is written. */
  async #writeTogether(changes: readonly Change[]): Promise<readonly unknown[] | null> {
    const { storage, alarms } = this.#tables;
    try {
      return await inOwnTransaction(storage, () => {
        const all = changes.map(({ write }) => write());
        const dueAtMs = Math.min(...all.map((written) => written.dueAtMs));
        if (dueAtMs < Infinity) alarms.arm(dueAtMs);
        return all.map(({ result }) => result);
      });
    } catch (error) {
      alarms.forget();
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
