/**
 * A history: what was asked of one object by several clients at once, when each question was put, and what was answered.
 * Time is a counter of the recording process, so "before" is exactly what one of its clients could have told another.
 */

/** One question to the object. */
export interface Call<Input, Output> {
  readonly input: Input;
  /** It cannot have had an effect before this. */
  readonly invokedAt: number;
  /** It can have none after this: its answer was there, or nobody was left who could do it. Infinity: it may still happen. */
  readonly endedAt: number;
  /** undefined: nobody knows. It may have had its effect before `endedAt`, or never. */
  readonly output: Output | undefined;
}

/** A call that is being recorded. Each of its methods may be used once. */
export interface OpenCall<Output> {
  /** The answer has arrived. Of a call that was lost: its answer has turned up after all, and its end stays where it is. */
  answer(output: Output): void;
  /** No answer will come. The call may have been done. */
  lose(): void;
  /** It is certain that it was not done: it never happened. */
  withdraw(): void;
}

interface Entry<Input, Output> {
  readonly input: Input;
  readonly invokedAt: number;
  readonly outlives: boolean;
  endedAt: number;
  output: Output | undefined;
  state: "open" | "lost" | "answered" | "withdrawn";
}

/** Writes down one object's history. */
export class Recorder<Input, Output> {
  readonly #now: () => number;
  readonly #entries: Entry<Input, Output>[] = [];

  /** @param now The counter, shared by all recorders of a process; it gives another number each time. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * To be called before the question is sent.
   *
   * @param options.outlives The work is taken over by something that goes on with it after a crash, as an order does: it ends
   * with its answer alone.
   */
  invoke(input: Input, { outlives = false }: { outlives?: boolean } = {}): OpenCall<Output> {
    const entry: Entry<Input, Output> = {
      ...{ input, outlives, invokedAt: this.#now(), endedAt: Infinity },
      ...{ output: undefined, state: "open" },
    };
    this.#entries.push(entry);
    return {
      answer: (output) => {
        if (entry.endedAt === Infinity) entry.endedAt = this.#now();
        entry.output = output;
        entry.state = "answered";
      },
      lose: () => {
        entry.state = "lost";
      },
      withdraw: () => {
        entry.state = "withdrawn";
      },
    };
  }

  /** Everything that could do the lost calls' work is dead: what they have not done by now they will never do. */
  closeLost(): void {
    const closedAt = this.#now();
    for (const entry of this.#entries) {
      if (entry.state === "lost" && !entry.outlives && entry.endedAt === Infinity) entry.endedAt = closedAt;
    }
  }

  /** What is known by now. */
  history(): readonly Call<Input, Output>[] {
    return this.#entries
      .filter(({ state }) => state !== "withdrawn")
      .map(({ input, invokedAt, endedAt, output }) => ({ input, invokedAt, endedAt, output }));
  }
}
