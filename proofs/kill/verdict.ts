/** What was found wrong. One thing is enough: the run stops there, unless it was told to go on. */

export interface Violation {
  /** `lost`, `replay`, `stock`, `money` and so on. */
  readonly kind: string;
  readonly detail: string;
  readonly at: string;
}

export class Verdict {
  readonly violations: Violation[] = [];
  /** Aborted at the first violation. */
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #keepGoing: boolean;
  readonly #say: (line: string) => void;

  constructor(options: { readonly keepGoing: boolean; readonly say: (line: string) => void }) {
    this.#keepGoing = options.keepGoing;
    this.#say = options.say;
    this.signal = this.#stop.signal;
  }

  fail(kind: string, detail: string): void {
    this.violations.push({ kind, detail, at: new Date().toISOString() });
    this.#say(`VIOLATION ${kind}: ${detail}`);
    if (!this.#keepGoing) this.#stop.abort(new Error(`${kind}: ${detail}`));
  }
}
