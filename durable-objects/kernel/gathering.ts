/** How many rounds of microtasks must add nothing before what has gathered is handed over: as many as lie between what waited together. */
const quietRounds = 4;

/** What comes in the same moment, also some microtasks apart, as one. */
export class Gathering<Item> {
  readonly #handOver: (items: readonly Item[]) => void;
  #items: Item[] = [];

  /** @param handOver Must not throw. */
  constructor(handOver: (items: readonly Item[]) => void) {
    this.#handOver = handOver;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length === 1) void this.#handOverWhenQuiet();
  }

  async #handOverWhenQuiet(): Promise<void> {
    for (let quiet = 0; quiet < quietRounds;) {
      const gathered = this.#items.length;
      await Promise.resolve();
      quiet = this.#items.length === gathered ? quiet + 1 : 0;
    }
    const items = this.#items;
    this.#items = [];
    this.#handOver(items);
  }
}
