/**
 * A stock keeper in memory, for the tests of the proof itself: correct, or with one bug of the kind that real ones have. It
 * works in turns like the real one; a seeded generator says how many, so the same seed gives the same history.
 */
import type { Random } from "../../shared/random.ts";
import { countLevels, emptyBook, keepBook, type Book, type LedgerInput } from "../ledger-model.ts";
import type { StockAnswer, StockCall, StockTarget } from "../stock-target.ts";

export const stockBugs = [
  /** Reads the book, waits, and writes back what it made of what it had read. */
  "lost_update",
  /** Reads come from a copy that is renewed now and then. */
  "stale_read",
  /** Answers before the book is on disk; a kill takes back what was answered. */
  "answer_before_write",
  /** The levels it tells are those of a moment after its own, not of its own. */
  "late_levels",
  /** A delivery that is announced again with the same key is booked again. */
  "forgotten_key",
  /** Work that a kill had cut off is done after the restart, though nobody asks for it again. */
  "work_from_the_grave",
  /** Gives a hold back twice when it is asked twice. */
  "release_twice",
  /** Looks whether there is enough, waits, then holds. */
  "check_then_act",
] as const;
export type StockBug = (typeof stockBugs)[number];

type Order = Extract<LedgerInput, { kind: "order" | "sell" }>;

class Killed extends Error {}

export class RacyStock implements StockTarget {
  readonly #random: Random;
  readonly #bug: StockBug | undefined;
  readonly #books = new Map<string, Book>();
  readonly #copies = new Map<string, Book>();
  /** What a kill goes back to, under `answer_before_write`. */
  readonly #disk = new Map<string, Book>();
  readonly #graveyard: StockCall[] = [];
  #life = 0;
  #unused = 0;

  constructor(random: Random, bug?: StockBug) {
    this.#random = random;
    this.#bug = bug;
  }

  async start(): Promise<void> {}

  async openSku(sku: string): Promise<void> {
    this.#books.set(sku, emptyBook);
    this.#disk.set(sku, emptyBook);
  }

  async kill(): Promise<void> {
    this.#life += 1;
    if (this.#bug === "answer_before_write") for (const [sku, book] of this.#disk) this.#books.set(sku, book);
  }

  async perform(call: StockCall): Promise<StockAnswer> {
    const life = this.#life;
    this.#raiseOne();
    const check = async (): Promise<void> => {
      await this.#turns();
      if (this.#life === life) return;
      throw new Killed();
    };
    try {
      await check();
      const answer = await this.#answer(call, check);
      await check();
      return answer;
    } catch (error) {
      if (error instanceof Killed && this.#bug === "work_from_the_grave") this.#graveyard.push(call);
      throw error;
    }
  }

  /** Some time after the restart. */
  #raiseOne(): void {
    if (this.#graveyard.length === 0 || this.#random.chance(0.8)) return;
    const [call] = this.#graveyard.splice(0, 1);
    if (call !== undefined) this.#keep(call.sku, call.input);
  }

  async #answer(call: StockCall, wait: () => Promise<void>): Promise<StockAnswer> {
    const { sku } = call;
    const input = this.#misread(call.input);
    const before = this.#bookOf(sku);
    if (this.#bug === "stale_read" && input.kind === "read") {
      if (this.#random.chance(0.5)) this.#copies.set(sku, before);
      return levelsOf(this.#copies.get(sku) ?? before);
    }
    if (this.#bug === "lost_update") {
      const done = keepBook(before, input);
      await wait();
      if (done !== null && done.book !== before) this.#write(sku, done.book);
      return { kind: "answered", replayed: false, output: done?.output ?? { kind: "conflict" } };
    }
    if (this.#bug === "check_then_act" && input.kind === "reserve") {
      const isEnough = keepBook(before, input)?.output.kind === "levels";
      await wait();
      if (isEnough) return this.#holdUnchecked(sku, input);
    }
    const answer = this.#keep(sku, input);
    if (answer.kind === "answered" && answer.output.kind === "done") this.#keep(sku, { ...(input as Order), kind: "sell" });
    if (this.#bug !== "late_levels" || answer.kind !== "answered" || answer.output.kind !== "levels") return answer;
    await wait();
    return levelsOf(this.#bookOf(sku));
  }

  #misread(input: LedgerInput): LedgerInput {
    const isNew = this.#bug === "forgotten_key" && input.kind === "receive";
    return isNew ? { ...input, id: `${input.id}-${++this.#unused}` } : input;
  }

  #keep(sku: string, input: LedgerInput): StockAnswer {
    const book = this.#bookOf(sku);
    const done = keepBook(book, input);
    if (done === null) throw new Error(`a sale without a hold: ${JSON.stringify(input)}`);
    const isRepeat = input.kind === "release" && book.holds.get(input.id)?.state === "released";
    this.#write(sku, this.#bug === "release_twice" && isRepeat ? this.#giveBackAgain(done.book, input.quantity) : done.book);
    return {
      kind: "answered",
      replayed: false,
      output: this.#bug === "release_twice" && isRepeat ? levelsNow(this.#bookOf(sku)) : done.output,
    };
  }

  #giveBackAgain(book: Book, quantity: number): Book {
    return { ...book, deliveries: new Map(book.deliveries).set(`again-${++this.#unused}`, quantity) };
  }

  #holdUnchecked(sku: string, { id, quantity }: { id: string; quantity: number }): StockAnswer {
    const book = this.#bookOf(sku);
    const after: Book = { ...book, holds: new Map(book.holds).set(id, { quantity, state: "held" }) };
    this.#write(sku, after);
    return levelsOf(after);
  }

  #write(sku: string, book: Book): void {
    this.#books.set(sku, book);
    if (this.#bug !== "answer_before_write" || this.#random.chance(0.7)) this.#disk.set(sku, book);
  }

  #bookOf(sku: string): Book {
    return this.#books.get(sku) ?? emptyBook;
  }

  async #turns(): Promise<void> {
    for (let turns = this.#random.between(1, 8); turns > 0; turns -= 1) await Promise.resolve();
  }
}

const levelsNow = (book: Book) => ({ kind: "levels" as const, levels: countLevels(book) });
const levelsOf = (book: Book): StockAnswer => ({ kind: "answered", replayed: false, output: levelsNow(book) });
