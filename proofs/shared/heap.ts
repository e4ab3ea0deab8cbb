/** A binary heap: whatever was put in, the one that comes before all others is taken out first. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #isBefore: (one: Item, other: Item) => boolean;

  /** @param isBefore A strict order. Of two items neither of which is before the other, either may come first. */
  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  push(item: Item): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.#isBefore(item, above)) break;
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  /** undefined when it is empty. */
  pop(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  /** Puts the item in at the top, and lets it fall to its place. */
  #sink(item: Item): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [items[child], items[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && this.#isBefore(right, left)) child += 1;
      const least = items[child];
      if (least === undefined || !this.#isBefore(least, item)) break;
      items[index] = least;
      index = child;
    }
    items[index] = item;
  }
}
