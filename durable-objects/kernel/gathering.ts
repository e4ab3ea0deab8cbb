/** How many rounds of microtasks must add nothing before what has gathered is handed over: as many as lie between what waited together. */
const quietRounds = 4;

/** What comes in the same moment, also some microtasks apart, as one. */
export class Gathering<Item> {
  readonly #handOver: (items: readonly Item[]) => void;
  #items: Item[] = [];
  /** Whether what is there is about to be handed over. */
  #isLeaving = false;
  #isTimerSet = false;

  /** @param handOver Must not throw. */
  constructor(handOver: (items: readonly Item[]) => void) {
    this.#handOver = handOver;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (!this.#isLeaving) void this.#handOverWhenQuiet();
  }

  /** For what is in no hurry: it leaves with the next that is, or after at most `patienceMs`. */
  addPatiently(item: Item, patienceMs: number): void {
    this.#items.push(item);
    if (this.#isLeaving || this.#isTimerSet) return;
    this.#isTimerSet = true;
    // Never cleared (`Deadlines` says why): when it rings for nothing, or too early, nothing is lost by it.
    setTimeout(() => {
      this.#isTimerSet = false;
      if (this.#items.length > 0 && !this.#isLeaving) void this.#handOverWhenQuiet();
    }, patienceMs);
  }

  async #handOverWhenQuiet(): Promise<void> {
    this.#isLeaving = true;
    for (let quiet = 0; quiet < quietRounds;) {
      const gathered = this.#items.length;
      await Promise.resolve();
      quiet = this.#items.length === gathered ? quiet + 1 : 0;
    }
    const items = this.#items;
    this.#items = [];
    this.#isLeaving = false;
    this.#handOver(items);
  }
}
