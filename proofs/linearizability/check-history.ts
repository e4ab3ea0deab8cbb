/**
 * Whether a history is linearizable: whether every call can be given one moment between its question and its answer so that
 * the answers are those of a sequential object to which the calls happened in that order.
 *
 * The algorithm is Wing and Gong's search with Lowe's just-in-time linearization and memoisation: the history is read once,
 * in time order, with the set of all configurations (a state of the sequential object, and which of the calls under way have
 * happened already) that explain everything answered so far. Calls happen as late as they can: when one of them has to have.
 * Configurations that are equal are kept once. When none is left, the answer that was read last cannot be explained.
 * Sources: Wing, Gong, "Testing and Verifying Concurrent Objects" (1993); Lowe, "Testing for linearizability" (2017). Objects
 * that do not share state are checked one by one (locality; Herlihy, Wing, 1990), here each SKU.
 */
import type { Call } from "./history.ts";

/** The sequential object. States are never changed, and equal states have equal keys. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state after the call; null when it cannot happen in this state, or not with this output (undefined: any will do). */
  step(state: State, input: Input, output: Output | undefined): State | null;
  key(state: State): string;
}

export type Verdict<State, Input, Output> =
  | { readonly kind: "linearizable"; readonly explored: number }
  /** No order of the calls explains this answer. */
  | {
      readonly kind: "violated";
      readonly explored: number;
      readonly unexplained: Call<Input, Output>;
      /** Under way at that moment, itself included. */
      readonly underWay: readonly Call<Input, Output>[];
      /** What the object can have been before it, some of many. */
      readonly states: readonly State[];
    }
  /** More configurations than the budget: not decided, and therefore no proof. */
  | { readonly kind: "undecided"; readonly explored: number };

export interface CheckOptions {
  /** Configurations to explore at most. Default: two million. */
  readonly budget?: number;
}

/** @param history The calls in any order; no two of their moments are equal, but for Infinity and the ends of lost calls. */
export function checkHistory<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Call<Input, Output>[],
  { budget = 2_000_000 }: CheckOptions = {},
): Verdict<State, Input, Output> {
  const search = new Search(model, budget);
  for (const { call, isEnd } of momentsOf(history)) {
    if (!isEnd) {
      search.invoke(call);
      continue;
    }
    const before = search.states(3);
    search.end(call);
    const { explored } = search;
    if (search.isExhausted) return { kind: "undecided", explored };
    if (search.isStuck) return { kind: "violated", explored, unexplained: call, underWay: search.underWay, states: before };
  }
  return { kind: "linearizable", explored: search.explored };
}

interface Moment<Input, Output> {
  readonly at: number;
  readonly call: Call<Input, Output>;
  readonly isEnd: boolean;
}

function momentsOf<Input, Output>(history: readonly Call<Input, Output>[]): readonly Moment<Input, Output>[] {
  return history
    .flatMap((call) => [
      { at: call.invokedAt, call, isEnd: false },
      ...(call.endedAt === Infinity ? [] : [{ at: call.endedAt, call, isEnd: true }]),
    ])
    .sort((one, other) => one.at - other.at);
}

interface Configuration<State, Input, Output> {
  readonly state: State;
  /** Those of the calls under way that have happened. */
  readonly happened: ReadonlySet<Call<Input, Output>>;
}

class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #budget: number;
  /** Each call under way has a number, for keys. */
  readonly #underWay = new Map<Call<Input, Output>, number>();
  #configurations: Map<string, Configuration<State, Input, Output>>;
  #numbers = 0;
  explored = 1;

  constructor(model: Model<State, Input, Output>, budget: number) {
    this.#model = model;
    this.#budget = budget;
    const start = { state: model.initial, happened: new Set<Call<Input, Output>>() };
    this.#configurations = new Map([[this.#keyOf(start), start]]);
  }

  get underWay(): readonly Call<Input, Output>[] {
    return [...this.#underWay.keys()];
  }

  get isStuck(): boolean {
    return this.#configurations.size === 0;
  }

  get isExhausted(): boolean {
    return this.explored > this.#budget;
  }

  states(atMost: number): readonly State[] {
    return [...this.#configurations.values()].slice(0, atMost).map(({ state }) => state);
  }

  invoke(call: Call<Input, Output>): void {
    this.#underWay.set(call, this.#numbers++);
  }

  /** An answered call has happened by now in every configuration that remains; a lost one may have. */
  end(call: Call<Input, Output>): void {
    const next = new Map<string, Configuration<State, Input, Output>>();
    const seen = new Set<string>();
    const keep = ({ state, happened }: Configuration<State, Input, Output>): void => {
      const without = { state, happened: new Set([...happened].filter((other) => other !== call)) };
      next.set(this.#keyOf(without), without);
    };
    for (const configuration of this.#configurations.values()) {
      if (call.output === undefined || configuration.happened.has(call)) keep(configuration);
      if (!configuration.happened.has(call)) this.#explain(call, { from: configuration, seen, keep });
    }
    this.#underWay.delete(call);
    this.#configurations = next;
    this.#settle();
  }

  /** Every way in which calls under way happen until this one has. */
  #explain(call: Call<Input, Output>, { from, seen, keep }: Explanation<State, Input, Output>): void {
    const open = [from];
    for (let configuration = open.pop(); configuration !== undefined && !this.isExhausted; configuration = open.pop()) {
      for (const next of this.#steps(configuration)) {
        if (next.happened.has(call)) {
          keep(next);
          continue;
        }
        const key = this.#keyOf(next);
        if (seen.has(key)) continue;
        seen.add(key);
        open.push(next);
      }
    }
  }

  /** One more call happens. */
  *#steps({ state, happened }: Configuration<State, Input, Output>): Iterable<Configuration<State, Input, Output>> {
    for (const call of this.#underWay.keys()) {
      if (happened.has(call)) continue;
      const after = this.#model.step(state, call.input, call.output);
      if (after === null) continue;
      this.explored += 1;
      yield { state: after, happened: new Set(happened).add(call) };
    }
  }

  /** A call without an end that has happened in every configuration is history: it need not be told apart any more. */
  #settle(): void {
    const [first, ...others] = this.#configurations.values();
    const settled = [...(first?.happened ?? [])].filter(
      (call) => call.endedAt === Infinity && others.every(({ happened }) => happened.has(call)),
    );
    if (settled.length === 0) return;
    const configurations = [...this.#configurations.values()].map(({ state, happened }) => {
      const rest = { state, happened: new Set([...happened].filter((call) => !settled.includes(call))) };
      return [this.#keyOf(rest), rest] as const;
    });
    for (const call of settled) this.#underWay.delete(call);
    this.#configurations = new Map(configurations);
  }

  #keyOf({ state, happened }: Configuration<State, Input, Output>): string {
    const numbers = [...happened].map((call) => this.#underWay.get(call) ?? -1).sort((one, other) => one - other);
    return `${numbers.join(",")}|${this.#model.key(state)}`;
  }
}

interface Explanation<State, Input, Output> {
  readonly from: Configuration<State, Input, Output>;
  /** Configurations that were explored for this call. */
  readonly seen: Set<string>;
  readonly keep: (configuration: Configuration<State, Input, Output>) => void;
}
