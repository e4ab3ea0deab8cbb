/**
 * One order while it is worked on: its state in memory, ahead of the disk by the events that no commit has taken yet.
 * Losing those to a crash is safe: every step can be asked again and answers the same.
 */
import type { WireOrder, WireTimelineEntry } from "../../shared/contracts/order.ts";
import { toTimelineEntry } from "../../shared/contracts/timeline-mapping.ts";
import { assert } from "../../shared/domain/assert.ts";
import { decide, type Decision, type OrderCommand } from "../../shared/domain/order/decide.ts";
import { evolve } from "../../shared/domain/order/evolve.ts";
import { isSettled, takenUpAgain, type OrderState } from "../../shared/domain/order/state.ts";
import type { Caller } from "./caller.ts";
import type { OrderRecord } from "./store.ts";

export class LiveOrder {
  /** As on disk; null before the first commit. */
  record: OrderRecord | null;
  #state: OrderState | null;
  #unsaved: WireTimelineEntry[] = [];
  /** Entries on disk that no event has carried; null when that is on disk alone. */
  #untold: readonly WireTimelineEntry[] | null;
  #settledAs: WireOrder | null = null;
  readonly #listeners = new Set<Pick<Caller, "isThere">>();
  #saving: Promise<unknown> | null = null;

  constructor(record: OrderRecord | null) {
    this.record = record;
    this.#state = record === null ? null : takenUpAgain(record.state);
    this.#untold = record === null || isTold(record) ? [] : null;
  }

  get state(): OrderState {
    if (this.#state === null) throw new Error("the order has not been placed");
    return this.#state;
  }

  /** Journal entries that are not on disk. */
  get unsaved(): readonly WireTimelineEntry[] {
    return this.#unsaved;
  }

  /** Entries on disk that no event has carried; null when they must be read from there. */
  get untold(): readonly WireTimelineEntry[] | null {
    return this.#untold;
  }

  /** Decides on the state as it is now. A command that does not belong there is a defect: one run works on an order at a time. */
  apply(command: OrderCommand): void {
    const decision = this.#ask(command);
    assert(decision.ok, `${command.type} was refused: ${decision.ok ? "" : decision.code}`);
  }

  /**
   * Asks, and makes the answer durable. When that fails nothing was asked: what is not on disk must not be built upon, least of
   * all by the same wish when it comes again.
   */
  askAndCommit(command: OrderCommand, commit: () => void): Decision {
    const before = { state: this.#state, unsaved: this.#unsaved.length };
    const decision = this.#ask(command);
    if (!decision.ok || decision.events.length === 0) return decision;
    try {
      commit();
    } catch (error) {
      this.#state = before.state;
      this.#unsaved.length = before.unsaved;
      throw error;
    }
    return decision;
  }

  /** Whether a request waits that will be answered with the order as it is then, and says so in its own log line. */
  get isHeard(): boolean {
    return [...this.#listeners].some(({ isThere }) => isThere());
  }

  /**
   * As long as the work takes, a request waits for this run.
   *
   * @param isThere Whether it can still be answered. Default: until the work has ended.
   */
  async heardWhile<Result>(work: () => Promise<Result>, isThere: () => boolean = () => true): Promise<Result> {
    const listener = { isThere };
    this.#listeners.add(listener);
    try {
      return await work();
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /**
   * Resolves, whatever comes of it, when what is being written of the order has been taken over; null when nothing is. Meanwhile disk and
   * memory may differ, so nobody else may write of it.
   */
  get saving(): Promise<unknown> | null {
    return this.#saving;
  }

  /** The same promise; the order is being saved until it is settled. */
  async saveUntil(saved: Promise<void>): Promise<void> {
    const saving = saved.catch(() => undefined);
    this.#saving = saving;
    try {
      await saved;
    } finally {
      this.#saving = null;
    }
  }

  /** The order's answer (`kept-answer.ts`) when it is this run that settled it; null before. */
  get settledAs(): WireOrder | null {
    return this.#settledAs;
  }

  /** The commit has happened. */
  saved(record: OrderRecord, order: WireOrder): void {
    if (this.record !== null && !isSettled(this.record.state) && isSettled(record.state)) this.#settledAs ??= order;
    this.record = record;
    this.#untold = isTold(record) ? [] : this.#untold && [...this.#untold, ...this.#unsaved];
    this.#unsaved = [];
  }

  #ask(command: OrderCommand): Decision {
    const decision = decide(this.#state, command);
    for (const event of decision.ok ? decision.events : []) {
      const after = evolve(this.#state, event);
      this.#unsaved.push(toTimelineEntry(event, this.#state, after));
      this.#state = after;
    }
    return decision;
  }
}

const isTold = ({ publishedEntries, state }: OrderRecord): boolean => publishedEntries === state.entries;
